/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Special registers are restored one by one, in KVM's order. */
#include "host_fixture.h"
#include "host/sregs.h"

static const struct pkvm_host_sregs pae = {
	.cr0 = 0x80000011, .cr2 = 0x1234, .cr3 = 0x2000, .cr4 = 0x20, .cr8 = 9,
	.pdptrs_valid = true, .pdptrs = {0x3001, 0x4001, 0x5001, 0x6001},
};

static void test_registers_are_restored_in_kvms_order(void **state)
{
	static const uint64_t numbers[] = {
		0x406, 0x404, 0x411, 0x40a, 0x408, 0x409, 0x411,
		0x400, 0x400, 0x400, 0x400, 0x400, 0x400, 0x400, 0x400,
	};
	/* CS DS ES FS GS SS TR LDTR */
	static const uint64_t segments[] = {1, 3, 0, 4, 5, 2, 6, 7};

	(void)state;
	fake_reset(false);
	assert_int_equal(pkvm_host_set_sregs(&fake_vcpu, &pae), 0);
	assert_int_equal(fake.calls, sizeof(numbers) / sizeof(numbers[0]));
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		assert_int_equal(fake.call[i].rax, numbers[i]);
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(fake.call[7 + i].word[0], segments[i]);
	assert_int_equal(fake.call[2].word[0], 1);
	assert_int_equal(fake.call[2].word[1], 0x2000);
	assert_int_equal(fake.call[6].word[0], 2);
	assert_int_equal(fake.call[6].word[5], 0x6001);
	assert_int_equal(fake_page.regs.cr2, 0x1234);
	assert_int_equal(fake_page.apic.tpr, 0x90);
}

/* CR8 is restored last: nothing has touched TPR while anything else goes in. */
static void look_at_tpr(const struct pkvm_regs *sent)
{
	(void)sent;
	assert_int_equal(fake_page.apic.tpr, 0x40);
}

static void test_cr8_is_restored_last(void **state)
{
	(void)state;
	fake_reset(false);
	fake_page.apic.tpr = 0x40;
	fake.watch = look_at_tpr;
	assert_int_equal(pkvm_host_set_sregs(&fake_vcpu, &pae), 0);
	assert_int_equal(fake_page.apic.tpr, 0x90);
}

static void test_refused_register_ends_the_restore_and_kills_no_vm(void **state)
{
	static const unsigned int refused[] = {0x406, 0x404, 0x411, 0x40a, 0x408, 0x409, 0x400};

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		fake_reset(false);
		fake.answer[refused[i]] = (struct fake_answer){-22, {1}};
		assert_int_equal(pkvm_host_set_sregs(&fake_vcpu, &pae), -22);
		assert_int_equal(fake.call[fake.calls - 1].rax, refused[i]);
		assert_int_equal(fake_vm.dead, 0);
		assert_int_equal(fake_page.apic.tpr, 0);
	}
}

static void test_pdptrs_are_restored_for_pae_paging_alone(void **state)
{
	struct pkvm_host_sregs sregs = pae;

	(void)state;
	fake_reset(false);
	sregs.efer = 0x500;
	assert_int_equal(pkvm_host_set_sregs(&fake_vcpu, &sregs), 0);
	assert_int_equal(fake.calls, 14);
	fake_reset(false);
	sregs = pae;
	sregs.pdptrs_valid = false;
	assert_int_equal(pkvm_host_set_sregs(&fake_vcpu, &sregs), 0);
	assert_int_equal(fake.calls, 14);
}

static void test_cr8_above_15_is_refused_before_anything_is_done(void **state)
{
	struct pkvm_host_sregs sregs = pae;

	(void)state;
	fake_reset(false);
	sregs.cr8 = 16;
	assert_int_equal(pkvm_host_set_sregs(&fake_vcpu, &sregs), -22);
	assert_int_equal(fake.calls, 0);
}

static void test_apic_mode_follows_a_changed_apic_base_of_an_npvm(void **state)
{
	struct pkvm_host_sregs sregs = pae;

	(void)state;
	sregs.apic_base = 0xfee00c00;
	fake_reset(false);
	assert_int_equal(pkvm_host_set_sregs(&fake_vcpu, &sregs), 0);
	assert_int_equal(fake.call[0].rax, 0x601);
	assert_int_equal(fake.call[0].word[0], 0xfee00c00);
	assert_int_equal(pkvm_host_set_sregs(&fake_vcpu, &sregs), 0);
	assert_int_equal(fake.calls, 16 + 15);
	fake_reset(true);
	assert_int_equal(pkvm_host_set_sregs(&fake_vcpu, &sregs), 0);
	assert_int_equal(fake.call[0].rax, 0x406);
}

static void test_hidden_vcpu_restores_and_saves_its_unprotected_part_alone(void **state)
{
	struct pkvm_host_sregs out;

	(void)state;
	fake_reset(true);
	fake_vcpu.guest_state_protected = true;
	fake_vcpu.apic_base = 0xfee00d00;
	fake_vcpu.regs = (struct pkvm_host_regs){.avail = ~0u, .cr0 = 1, .cr3 = 2, .cr4 = 3};
	assert_int_equal(pkvm_host_set_sregs(&fake_vcpu, &pae), 0);
	assert_int_equal(fake_page.regs.cr2, 0);
	fake_page.regs.cr2 = 0x5555;
	pkvm_host_get_sregs(&fake_vcpu, &out);
	assert_int_equal(out.cr8, 9);
	assert_int_equal(out.apic_base, 0xfee00d00);
	assert_int_equal(out.cr0 | out.cr2 | out.cr3 | out.cr4 | out.efer, 0);
	assert_int_equal(fake.calls, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_registers_are_restored_in_kvms_order),
		cmocka_unit_test(test_cr8_is_restored_last),
		cmocka_unit_test(test_refused_register_ends_the_restore_and_kills_no_vm),
		cmocka_unit_test(test_pdptrs_are_restored_for_pae_paging_alone),
		cmocka_unit_test(test_cr8_above_15_is_refused_before_anything_is_done),
		cmocka_unit_test(test_apic_mode_follows_a_changed_apic_base_of_an_npvm),
		cmocka_unit_test(
			test_hidden_vcpu_restores_and_saves_its_unprotected_part_alone),
	};

	return cmocka_run_group_tests_name("host sregs", tests, NULL, NULL);
}
