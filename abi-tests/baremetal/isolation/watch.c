/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * CPU 1 looks while CPU 0 runs a vCPU, from before the call until behind it: what
 * is in memory or in reach for a moment only, and what comes to the other CPU.
 */
#include "../../../baremetal/common/lapic.h"
#include "../../../baremetal/common/x86.h"
#include "look.h"

/* Of a round: pages of all memory, pages that were donated, every how many the rest. */
#define PAGES_OF_A_ROUND   256u
#define DONATED_OF_A_ROUND 8u
#define ROUNDS_OF_MSRS     16u

enum { ASLEEP, RESTS, LOOKS };

static uint32_t wanted, is;
static uint32_t apic_id[LOOKING_CPUS];
static uint32_t nmi_wanted;     /* by CPU 0                                  */
static const struct pvm *watched;

static uint32_t get(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static void set(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

static void know_apic_id(void)
{
	apic_id[host_this_cpu()->number] = lapic_id();
}

/* CPU 1 does what it is told, and says so; it sleeps while it rests. */
static void tell(uint32_t what)
{
	if (host_boot_info->nr_cpus < 2)
		return;
	set(&wanted, what);
	if (get(&is) == RESTS)
		lapic_send(apic_id[1], VECTOR);
	while (get(&is) != what)
		x86_pause();
}

void watch_start(const struct pvm *pvm)
{
	watched = pvm;
	know_apic_id();
	tell(RESTS);
}

void watch_begin(void)
{
	tell(LOOKS);
}

void watch_end(void)
{
	tell(RESTS);
}

void watch_send_nmi(void)
{
	set(&nmi_wanted, 1);
}

/* In the midst of a round, by when the guest runs. */
static void send_nmi(void)
{
	if (__atomic_exchange_n(&nmi_wanted, 0, __ATOMIC_ACQ_REL))
		lapic_send(apic_id[0], LAPIC_NMI);
}

static void look(void)
{
	static uint32_t round;

	look_at_shared_page(watched->kernel.vm.page, true);
	look_at_shared_page(watched->second.page, true);
	look_at_next_donated(DONATED_OF_A_ROUND);
	look_at_next_answer();
	look_at_trace(0);
	look_at_trace(watched->kernel.vm.vcpu);
	send_nmi();
	look_at_next_pages(PAGES_OF_A_ROUND);
	if (round++ % ROUNDS_OF_MSRS == 0)
		look_at_msrs(false);
}

static void prepare(void)
{
	EXPECT_EQUAL(pkvm_hc_enable_virtualization_cpu().error, 0);
	lapic_enable();
	know_apic_id();
	registers_prepare();
	msrs_prepare();
}

/* An interrupt that came before the HLT is taken in it. */
static void rest(void)
{
	__asm__ volatile("sti; hlt; cli" : : : "memory");
}

_Noreturn void watch_follow(void)
{
	while (get(&wanted) == ASLEEP)
		x86_pause();
	prepare();
	for (;;) {
		const uint32_t what = get(&wanted);

		set(&is, what);
		if (what == LOOKS)
			look();
		else
			rest();
	}
}
