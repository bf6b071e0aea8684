/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The run loop with interrupt controllers of the host's own: where MSR and memory
 * accesses, interrupts and EOIs go.
 */
#include "host_run_fixture.h"
#include "host/irqchip.h"

#define RAX 0
#define RCX 1

static struct {
	struct pkvm_host_irqchip chip;
	struct pkvm_host_ioapic ioapic;
	struct pkvm_host_lapic apic;
} t;

/* A vCPU in x2APIC mode, or in xAPIC mode; its APIC is enabled by software. */
static void begin(bool protected_vm, uint64_t mode, bool x2apic)
{
	reset(protected_vm);
	memset(&t, 0, sizeof(t));
	fake_vcpu.apic_base = x2apic ? 0xfee00d00 : 0xfee00900;
	assert_int_equal(pkvm_host_vm_create_irqchip(&fake_vm, &t.chip, (uint32_t)mode), 0);
	assert_int_equal(pkvm_host_ioapic_init(&t.ioapic, &t.chip, 0x20), 0);
	if (mode == 1)
		t.chip.ioapic = &t.ioapic;
	assert_int_equal(pkvm_host_irqchip_add_lapic(&t.chip, &t.apic, &fake_vcpu, 0), 0);
	t.apic.reg[0xf] = 0x1ff;
	fake.answer[0x509].word[0] = 1;
}

static void test_x2apic_msrs_reach_the_local_apic_and_not_the_vmm(void **state)
{
	(void)state;
	begin(true, 2, true);
	(void)run_once(&devices, 7, 0x808, 0x60, 0, 0);
	assert_int_equal(fake_page.apic.tpr, 0x60);
	(void)run_once(&devices, 6, 0x803, 0, 0, 0);
	assert_int_equal(fake.call[fake.calls - 1].rax, 0x306);
	assert_int_equal(fake.call[fake.calls - 1].word[1], 0x1050014);
}

/* EOI is write-only: reading it is #GP(0). */
static void test_refused_x2apic_access_is_a_general_protection_fault(void **state)
{
	(void)state;
	begin(true, 2, true);
	(void)run_once(&devices, 6, 0x80b, 0, 0, 0);
	assert_int_equal(fake.call[fake.calls - 1].rax, 0x306);
	assert_int_equal(fake.call[fake.calls - 1].word[0], 1);
}

static void test_requested_interrupt_goes_in_and_is_in_service(void **state)
{
	(void)state;
	begin(true, 2, true);
	assert_true(pkvm_host_lapic_accept(&t.apic, 0x61, false));
	(void)run_once(&devices, 14, 0, 0, 0, 0);
	assert_int_equal(fake.call[0].rax, 0x509);
	assert_int_equal(fake.call[0].word[0], 0x61);
	assert_int_equal(pkvm_host_lapic_highest(&t.apic, 0x100), 0x61);
	assert_int_equal(pkvm_host_lapic_highest(&t.apic, 0x200), -1);
	assert_int_equal(fake_vcpu.stats.injected, 1);
	assert_int_equal(vmm.acks, 0);
}

/* A device that posts while hwapic_isr_update is called. */
static void post_meanwhile(const struct pkvm_regs *sent)
{
	if (sent->rax == 0x604)
		assert_true(pkvm_host_lapic_accept(&t.apic, 0x46, false));
}

static void test_vector_posted_while_apicv_is_switched_off_comes_back_once(void **state)
{
	(void)state;
	begin(false, 2, true);
	fake_host.answer.features = PKVM_FEAT_event_summary | PKVM_FEAT_posting;
	fake.calls = 0;
	fake_vcpu.apicv_active = true;
	pkvm_host_hwapic_isr_update(&fake_vcpu, 0x31);
	fake.watch = post_meanwhile;
	pkvm_host_lapic_from_apicv(&t.apic);
	assert_int_equal(fake_only_call(0x604)->word[0], 0x31);
	assert_int_equal(t.apic.reg[0x220 / 16], 0x40);
	assert_int_equal(fake_page.apic.posted[1], 0);
}

/* The 8259 of a VMM is wired to LINT0. */
static void test_vmms_controller_comes_before_the_local_apic(void **state)
{
	(void)state;
	begin(true, 2, true);
	assert_true(pkvm_host_lapic_accept(&t.apic, 0x61, false));
	vmm.irq = 0x51;
	(void)run_once(&devices, 14, 0, 0, 0, 0);
	assert_int_equal(vmm.acks, 1);
	assert_int_equal(pkvm_host_lapic_highest(&t.apic, 0x200), 0x61);
}

static void test_level_eoi_is_told_to_user_space_once(void **state)
{
	(void)state;
	begin(true, 2, true);
	assert_true(pkvm_host_lapic_accept(&t.apic, 0x61, true));
	(void)run_once(&devices, 14, 0, 0, 0, 0);
	(void)run_once(&devices, 7, 0x80b, 0, 0, 0);
	assert_int_equal(vmm.vector, 0x61);
	assert_int_equal(fake_vcpu.stats.user_eois, 1);
	vmm.vector = 0;
	(void)run_once(&devices, 14, 0, 0, 0, 0);
	assert_int_equal(vmm.vector, 0);
}

/* A pVM's access is a call; its words are kind, number, address, size, value. */
static void test_kernels_ioapic_is_reached_before_the_vmms_devices(void **state)
{
	(void)state;
	begin(true, 1, true);
	(void)run_once(&devices, 8, 0, 0, 0, 0);
	vmm.address = 0;
	(void)run_once(&devices, PKVM_EXIT_GUEST_CALL, PKVM_GC_iowrite, 0xfec00000, 4, 0x10);
	assert_int_equal(t.ioapic.select, 0x10);
	assert_int_equal(vmm.address, 0);
	begin(true, 2, true);
	(void)run_once(&devices, PKVM_EXIT_GUEST_CALL, PKVM_GC_iowrite, 0xfec00000, 4, 0x10);
	assert_int_equal(vmm.address, 0xfec00000);
}

static void instruction(const char *bytes, size_t n)
{
	assert_int_equal(pkvm_host_memory_add(&fake_vm, 0x10000, 0x1000), 0);
	assert_int_equal(pkvm_host_memory_write(&fake_vm, 0x10000, bytes, n), 0);
	fake_page.regs.rip = 0x10000;
	fake.answer[0x401].word[2] = 0xc09b;
}

/* mov [eax], ecx in 32-bit code, at an address where no memory is. */
static void test_npvms_store_is_decoded_and_skipped(void **state)
{
	(void)state;
	begin(false, 1, false);
	instruction("\x89\x08", 2);
	fake_page.regs.gpr[RCX] = 0x60;
	(void)run_once(&devices, 1, 48, 0x182, 0xfee00080, 0);
	assert_int_equal(fake_page.apic.tpr, 0x60);
	assert_int_equal(fake_page.regs.rip, 0x10002);
}

static void test_npvms_load_changes_the_register(void **state)
{
	(void)state;
	begin(false, 1, false);
	instruction("\x8b\x08", 2);
	fake_page.regs.gpr[RCX] = 0xffffffffffffffff;
	(void)run_once(&devices, 1, 44, 0x030, 0, 0);
	assert_int_equal(fake_page.regs.gpr[RCX], 0x50014);
}

static void test_instruction_that_is_no_move_ends_the_run(void **state)
{
	(void)state;
	begin(false, 1, false);
	instruction("\xa5", 1);
	assert_int_equal(run_once(&devices, 1, 48, 0x182, 0xfee00080, 0).stop,
			 PKVM_HOST_STOP_UNHANDLED);
	assert_int_equal(fake_page.regs.rip, 0x10000);
}

static void test_delivery_that_finds_no_memory_carries_out_no_instruction(void **state)
{
	(void)state;
	begin(false, 1, false);
	instruction("\x89\x08", 2);
	fake_page.exit.vectoring_information = 0x80000b0e;
	assert_int_equal(run_once(&devices, 1, 48, 0x182, 0x50000000, 0).stop,
			 PKVM_HOST_STOP_NO_MEMORY);
	assert_int_equal(fake_page.regs.rip, 0x10000);
	assert_int_equal(vmm.address, 0);
}

/* x2APIC from xAPIC mode and back only through disabled; reserved bits never. */
static void test_apic_base_follows_the_state_transitions_of_the_sdm(void **state)
{
	static const uint64_t mode[4] = {0, 0x400, 0x800, 0xc00};
	static const int expected[4][4] = {
		/* to:   off  invalid xapic x2apic */
		{0, -22, 0, -22},       /* from off     */
		{0, -22, 0, -22},       /* unreachable  */
		{0, -22, 0, 0},         /* from xapic   */
		{0, -22, -22, 0},       /* from x2apic  */
	};

	(void)state;
	begin(false, 1, false);
	for (unsigned int from = 0; from < 4; from++) {
		for (unsigned int to = 0; to < 4; to++) {
			if (from == 1)
				continue;
			fake_vcpu.apic_base = 0xfee00000 | mode[from];
			assert_int_equal(pkvm_host_set_apic_base(&fake_vcpu,
								 0xfee00000 | mode[to], true),
					 expected[from][to]);
		}
	}
	assert_int_equal(pkvm_host_set_apic_base(&fake_vcpu, 0xfee00a00, false), -22);
	assert_int_equal(pkvm_host_set_apic_base(&fake_vcpu, 0x1000fee00800, false), -22);
}

static void test_freed_vcpu_leaves_its_irqchip(void **state)
{
	(void)state;
	begin(false, 1, false);
	pkvm_host_irqchip_remove_lapic(&t.apic);
	assert_int_equal(t.chip.nr_lapics, 0);
	assert_null(fake_vcpu.lapic);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_x2apic_msrs_reach_the_local_apic_and_not_the_vmm),
		cmocka_unit_test(test_refused_x2apic_access_is_a_general_protection_fault),
		cmocka_unit_test(test_requested_interrupt_goes_in_and_is_in_service),
		cmocka_unit_test(test_vector_posted_while_apicv_is_switched_off_comes_back_once),
		cmocka_unit_test(test_vmms_controller_comes_before_the_local_apic),
		cmocka_unit_test(test_level_eoi_is_told_to_user_space_once),
		cmocka_unit_test(test_kernels_ioapic_is_reached_before_the_vmms_devices),
		cmocka_unit_test(test_npvms_store_is_decoded_and_skipped),
		cmocka_unit_test(test_npvms_load_changes_the_register),
		cmocka_unit_test(test_instruction_that_is_no_move_ends_the_run),
		cmocka_unit_test(test_delivery_that_finds_no_memory_carries_out_no_instruction),
		cmocka_unit_test(test_apic_base_follows_the_state_transitions_of_the_sdm),
		cmocka_unit_test(test_freed_vcpu_leaves_its_irqchip),
	};

	return cmocka_run_group_tests_name("host irqchip", tests, NULL, NULL);
}
