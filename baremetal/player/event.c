/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Physical events for the CPU that the program is on. An interrupt is sent at once and
 * waits, since the host runs with interrupts off, for the guest that is entered next.
 * An NMI would not wait: the interval timer brings it when the guest runs, by an entry
 * of the I/O APIC that delivers NMIs.
 */
#include "../common/lapic.h"
#include "../common/x86.h"
#include "../host/host.h"
#include "player.h"

/* The I/O APIC's pin of the interval timer, by its indirect registers. */
#define IOAPIC        UINT64_C(0xfec00000)
#define IOAPIC_WINDOW 0x10u
#define TIMER_ENTRY   0x14u     /* of pin 2; the next one has the destination */
#define DELIVER_NMI   0x400u
#define ENTRY_MASKED  0x10000u

/* The interval timer: channel 0, 16 bits, one interrupt when the count ends. */
#define PIT_CHANNEL_0 0x40u
#define PIT_COMMAND   0x43u
#define PIT_ONE_SHOT  0x30u

/* Instructions of the emulator in a tick of 1193182 Hz, and from here to the guest. */
#define PER_TICK      42u
#define TO_THE_GUEST  8500u

#define NO_VECTOR (-1)

static struct {
	bool irq;
	bool nmi;
	uint8_t vector;
	uint64_t nmi_after;     /* instructions of the guest */
} due;

static void write_ioapic(uint32_t reg, uint32_t value)
{
	*(volatile uint32_t *)(uintptr_t)IOAPIC = reg;
	*(volatile uint32_t *)(uintptr_t)(IOAPIC + IOAPIC_WINDOW) = value;
}

static void start_nmi_timer(uint64_t instructions)
{
	const uint64_t ticks = (TO_THE_GUEST + instructions) / PER_TICK + 1;
	const uint16_t count = (uint16_t)(ticks < UINT16_MAX ? ticks : UINT16_MAX);

	write_ioapic(TIMER_ENTRY, ENTRY_MASKED);
	write_ioapic(TIMER_ENTRY + 1, lapic_id() << 24);
	write_ioapic(TIMER_ENTRY, DELIVER_NMI);
	x86_out8(PIT_COMMAND, PIT_ONE_SHOT);
	x86_out8(PIT_CHANNEL_0, (uint8_t)count);
	x86_out8(PIT_CHANNEL_0, (uint8_t)(count >> 8));
}

bool player_raise_irq(uint8_t vector)
{
	if (due.irq)
		return false;
	due.irq = true;
	due.vector = vector;
	return true;
}

bool player_raise_nmi(uint64_t instructions)
{
	if (due.nmi)
		return false;
	due.nmi = true;
	due.nmi_after = instructions;
	return true;
}

void player_send_events(void)
{
	if (due.irq)
		host_send_irq(due.vector);
	if (due.nmi)
		start_nmi_timer(due.nmi_after);
	due.irq = false;
	due.nmi = false;
}

int player_take_irq(void)
{
	struct host_cpu *cpu = host_this_cpu();
	const uint32_t before = cpu->interrupts;

	__asm__ volatile("sti; nop; nop; cli" : : : "memory");
	return cpu->interrupts == before ? NO_VECTOR : (int)cpu->vector;
}

bool player_take_nmi(void)
{
	struct host_cpu *cpu = host_this_cpu();

	if (!__atomic_load_n(&cpu->nmis, __ATOMIC_RELAXED))
		return false;
	__atomic_sub_fetch(&cpu->nmis, 1, __ATOMIC_RELAXED);
	return true;
}
