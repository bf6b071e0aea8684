/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Events of the machine: they are the host's, whoever runs when they arrive. */
#include "../../../baremetal/common/lapic.h"
#include "../../../host/platform.h"
#include "vm.h"

#define VECTOR      0x41u
#define TIMER_TICKS 50000u

static void send_nmi_to_self(void)
{
	lapic_send(lapic_id(), LAPIC_NMI);
	for (unsigned int i = 0; i < 100; i++)
		__asm__ volatile("pause");
}

static void test_an_nmi_in_the_host_is_the_hosts(void)
{
	const uint32_t before = host_this_cpu()->nmis;

	send_nmi_to_self();
	EXPECT_EQUAL(host_this_cpu()->nmis, before + 1);
}

/* STI; JMP to itself. The run ends by the timer's interrupt, which stays the host's. */
static const uint8_t loop[] = {0xfb, 0xeb, 0xfe};

static void test_an_interrupt_ends_a_run_and_is_the_hosts(void)
{
	const uint32_t before = host_this_cpu()->interrupts;
	struct vm vm;

	vm_make(&vm, PKVM_VM_PVM, loop, sizeof(loop));
	lapic_start_timer(VECTOR, TIMER_TICKS);
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

/* HLT; the handler of an NMI: HLT, IRET. Its vector is in the first page. */
static const uint8_t nmi_handler[] = {0xf4, 0xeb, 0xfd, 0xf4, 0xcf};
#define HANDLER_AT (VM_CODE_GPA + 3)

static void map_vectors(void)
{
	const uint64_t page = pkvm_host_plat_alloc(1);
	const struct pkvm_mapping mapping = {0, page, PKVM_PAGE_SIZE, 1};
	uint32_t *vectors = pkvm_host_plat_ptr(page);

	vectors[2] = HANDLER_AT;
	EXPECT_EQUAL(pkvm_hc_vm_mmu_map(&mapping).error, 0);
}

static uint64_t nmi_mask(void)
{
	struct pkvm_flag masked;

	EXPECT_EQUAL(pkvm_hc_get_nmi_mask(&masked).error, 0);
	return masked.value;
}

/* A guest that handles an NMI blocks its own NMIs, and nobody else's. */
static void test_a_guest_that_blocks_nmis_does_not_block_the_hosts(void)
{
	const uint32_t before = host_this_cpu()->nmis;
	struct vm vm, other;

	vm_make(&vm, PKVM_VM_PVM, nmi_handler, sizeof(nmi_handler));
	map_vectors();
	vm.page->regs.gpr[4] = 0x800;
	EXPECT_EQUAL(vm_run(&vm).kind, PKVM_EXIT_HLT);
	EXPECT_EQUAL(nmi_mask(), 0);
	EXPECT_EQUAL(pkvm_hc_inject_nmi().error, 0);
	EXPECT_EQUAL(vm_run(&vm).kind, PKVM_EXIT_HLT);
	EXPECT_EQUAL(nmi_mask(), 1);
	send_nmi_to_self();
	EXPECT_EQUAL(host_this_cpu()->nmis, before + 1);
	vm_make(&other, PKVM_VM_PVM, nmi_handler, sizeof(nmi_handler));
	EXPECT_EQUAL(vm_run(&other).kind, PKVM_EXIT_HLT);
	EXPECT_EQUAL(nmi_mask(), 0);
	vm_destroy(&other);
	EXPECT_EQUAL(vm_run(&vm).kind, PKVM_EXIT_HLT);
	EXPECT_EQUAL(nmi_mask(), 0);
	vm_destroy(&vm);
}

const struct expect_test event_tests[] = {
	TEST(test_an_nmi_in_the_host_is_the_hosts),
	TEST(test_a_guest_that_blocks_nmis_does_not_block_the_hosts),
	TEST(test_an_interrupt_ends_a_run_and_is_the_hosts),
	TEST(test_a_guest_that_does_not_come_back_is_preempted),
	{0},
};
