/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Events of the machine: they are the host's, whoever runs when they arrive. */
#include "../../../host/platform.h"
#include "vm.h"

#define APIC          0xfee00000u
#define APIC_SVR      0x0f0u
#define APIC_ICR_LOW  0x300u
#define APIC_LVT_TIMER 0x320u
#define APIC_TIMER    0x380u
#define APIC_ICR_HIGH 0x310u
#define ICR_ASSERT    0x00004000u
#define ICR_NMI       0x00000400u
#define SVR_ENABLE    0x1ffu
#define VECTOR        0x41u

static void apic_write(uint32_t offset, uint32_t value)
{
	*(volatile uint32_t *)(uintptr_t)(APIC + offset) = value;
}

static uint32_t apic_id(void)
{
	return *(volatile uint32_t *)(uintptr_t)(APIC + 0x20) >> 24;
}

static void test_an_nmi_in_the_host_is_the_hosts(void)
{
	const uint32_t before = host_this_cpu()->nmis;

	apic_write(APIC_ICR_HIGH, apic_id() << 24);
	apic_write(APIC_ICR_LOW, ICR_ASSERT | ICR_NMI);
	for (unsigned int i = 0; i < 100; i++)
		__asm__ volatile("pause");
	EXPECT_EQUAL(host_this_cpu()->nmis, before + 1);
}

/* STI; JMP to itself. The run ends by the timer's interrupt, which stays the host's. */
static const uint8_t loop[] = {0xfb, 0xeb, 0xfe};

static void test_an_interrupt_ends_a_run_and_is_the_hosts(void)
{
	const uint32_t before = host_this_cpu()->interrupts;
	struct vm vm;

	vm_make(&vm, PKVM_VM_PVM, loop, sizeof(loop));
	apic_write(APIC_SVR, SVR_ENABLE);
	apic_write(APIC_LVT_TIMER, VECTOR);
	apic_write(APIC_TIMER, 50000);
	EXPECT_EQUAL(vm_run(&vm).kind, PKVM_EXIT_EXTERNAL_INTERRUPT);
	EXPECT_EQUAL(host_this_cpu()->interrupts, before);
	pkvm_host_plat_take_interrupts();
	EXPECT_EQUAL(host_this_cpu()->interrupts, before + 1);
	EXPECT_EQUAL(host_this_cpu()->vector, VECTOR);
	vm_destroy(&vm);
}

static void test_a_guest_that_does_not_come_back_is_preempted(void)
{
	struct vm vm;

	vm_make(&vm, PKVM_VM_PVM, loop, sizeof(loop));
	EXPECT_EQUAL(vm_run(&vm).kind, PKVM_EXIT_PREEMPTION);
	EXPECT_EQUAL(vm_run(&vm).kind, PKVM_EXIT_PREEMPTION);
	vm_destroy(&vm);
}

const struct expect_test event_tests[] = {
	TEST(test_an_nmi_in_the_host_is_the_hosts),
	TEST(test_an_interrupt_ends_a_run_and_is_the_hosts),
	TEST(test_a_guest_that_does_not_come_back_is_preempted),
	{0},
};
