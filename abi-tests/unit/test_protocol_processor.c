/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Tests of what check_processor_compatibility asks of a processor, bit by bit. */
#include "world.h"

#define CHECK  0x0003
#define ENABLE 0x0004

static struct pkvm_vmx_caps caps;

/* Allowed-1 settings (SDM appendix "VMX Capability Reporting Facility"). */
#define ALLOWED(BIT) ((uint64_t)1 << (32 + (BIT)))

static struct machine *up_with_caps(void)
{
	const struct machine_config config = {
		.ram_size = 16 << 20, .hyp_size = 1 << 20, .caps = &caps};
	struct machine *m = machine_create(&config, NULL);
	const struct pkvm_query query = {1, 0, 1};
	struct pkvm_answer answer;

	assert_non_null(m);
	assert_int_equal(pkvm_hc_abi_query(&query, &answer).error, 0);
	assert_int_equal(world_init(m), 0);
	return m;
}

static void assert_answer(int64_t error, const char *what, unsigned int bit)
{
	struct machine *m = up_with_caps();

	for (uint64_t number = CHECK; number <= ENABLE; number++) {
		const struct world_result result = world_call(m, number, 0, 0);

		if (result.error != error || result.refused)
			fail_msg("%s bit %u: %lld, not %lld", what, bit,
				 (long long)result.error, (long long)error);
	}
	machine_destroy(m);
}

/* One bit of the capability MSRs less, in the true one too. */
static void assert_needed(uint64_t *msr, uint64_t *true_msr, const char *what,
			  const unsigned int *bit, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		caps = machine_default_caps();
		*msr &= ~ALLOWED(bit[i]);
		if (true_msr)
			*true_msr &= ~ALLOWED(bit[i]);
		assert_answer(-95, what, bit[i]);
	}
}

#define BITS_OF(...) (const unsigned int[]){__VA_ARGS__}, \
		     sizeof((const unsigned int[]){__VA_ARGS__}) / sizeof(unsigned int)

static void test_each_control_that_the_core_relies_on_is_required(void **state)
{
	(void)state;
	/* External interrupts, NMIs, virtual NMIs. */
	assert_needed(&caps.pinbased_ctls, &caps.true_pinbased_ctls, "pin",
		      BITS_OF(0, 3, 5));
	/* Windows, TSC offset, HLT, MWAIT, RDPMC, I/O, MSR bitmaps, MONITOR, secondary. */
	assert_needed(&caps.procbased_ctls, &caps.true_procbased_ctls, "primary",
		      BITS_OF(2, 3, 7, 10, 11, 22, 24, 28, 29, 31));
	/* EPT, unrestricted guest. */
	assert_needed(&caps.procbased_ctls2, NULL, "secondary", BITS_OF(1, 7));
	/* Debug controls, 64-bit host, PAT and EFER saved and loaded. */
	assert_needed(&caps.exit_ctls, &caps.true_exit_ctls, "exit",
		      BITS_OF(2, 9, 18, 19, 20, 21));
	/* Debug controls, 64-bit guest, PAT, EFER. */
	assert_needed(&caps.entry_ctls, &caps.true_entry_ctls, "entry", BITS_OF(2, 9, 14, 15));
}

static void test_ept_needs_four_levels_write_back_tables_and_invept(void **state)
{
	static const uint64_t missing[] = {1ull << 6, 1ull << 14, 1ull << 20, 3ull << 25,
					   1ull << 32, 3ull << 41};

	(void)state;
	for (unsigned int i = 0; i < 6; i++) {
		caps = machine_default_caps();
		caps.ept_vpid_cap &= ~missing[i];
		assert_answer(-95, "EPT and VPID", i);
	}
	/* One type of each instruction is enough. */
	caps = machine_default_caps();
	caps.ept_vpid_cap &= ~(1ull << 25 | 1ull << 41);
	assert_answer(0, "EPT and VPID", 25);
}

static void test_cr8_is_in_a_shadow_or_exits_and_cr3_does_neither(void **state)
{
	(void)state;
	caps = machine_default_caps();
	caps.procbased_ctls &= ~ALLOWED(21);
	caps.true_procbased_ctls &= ~ALLOWED(21);
	assert_answer(0, "TPR shadow", 21);
	caps.procbased_ctls &= ~ALLOWED(19);
	caps.true_procbased_ctls &= ~ALLOWED(19);
	assert_answer(-95, "CR8-load exiting", 19);
	/* Without true controls CR3 accesses must exit. */
	caps = machine_default_caps();
	caps.basic &= ~(1ull << 55);
	assert_answer(-95, "CR3-load exiting", 15);
}

/* What is used where it exists: VPIDs, the preemption timer, TSC scaling and more. */
static void test_what_the_core_can_do_without_is_not_required(void **state)
{
	(void)state;
	caps = machine_default_caps();
	caps.pinbased_ctls &= ~(ALLOWED(6) | ALLOWED(7));
	caps.true_pinbased_ctls &= ~(ALLOWED(6) | ALLOWED(7));
	caps.procbased_ctls2 = ALLOWED(1) | ALLOWED(7);
	caps.exit_ctls &= ~ALLOWED(22);
	caps.true_exit_ctls &= ~ALLOWED(22);
	assert_answer(0, "optional", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_control_that_the_core_relies_on_is_required),
		cmocka_unit_test(test_ept_needs_four_levels_write_back_tables_and_invept),
		cmocka_unit_test(test_cr8_is_in_a_shadow_or_exits_and_cr3_does_neither),
		cmocka_unit_test(test_what_the_core_can_do_without_is_not_required),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
