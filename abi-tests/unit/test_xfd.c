/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tests of IA32_XFD around a pVM's run: the host may have disabled AMX for itself,
 * yet what the pVM has in use of it is neither lost nor left behind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "cpuid_fixture.h"
#include "lib/hyp.h"
#include "lib/vcpu.h"

#define IA32_XFD      0x1c4u
#define TILES         0x40000ull            /* component 18                         */
#define COMPONENTS    0x80000000000600e7ull /* compacted: all of XCR0 but PKRU      */
#define TILES_AT      (10752 - 64 - 8192)   /* the last one; 64 for a PKRU before it */
#define XSTATE_BV     64                    /* 64-bit words                         */
#define XCOMP_BV      65

static struct pkvm_vcpu *inside(const struct fixture *f)
{
	struct pkvm_hyp *hyp = machine_hyp(f->machine);
	struct pkvm_vcpu *vcpu = pkvm_plat_private(pkvm_slot_get(&hyp->vcpus, f->vcpu));

	pkvm_slot_put(&hyp->vcpus, f->vcpu);
	return vcpu;
}

/* A vCPU that may have tiles, and has: its area is as an earlier run left it. */
static uint64_t *begin(struct fixture *f)
{
	const struct pkvm_range fpstate = {machine_host_alloc(3), 3 * 4096};
	const struct pkvm_cpuid_table table =
		fixture_table(4, f->processor, f->processor_count);
	struct pkvm_reclaim out;
	uint64_t *area;

	assert_int_equal(pkvm_hc_vcpu_add_fpstate(&fpstate, &out).error, 0);
	assert_int_equal(pkvm_hc_vcpu_after_set_cpuid(&table, &out).error, 0);
	assert_int_equal(pkvm_hc_vm_finalize(&(struct pkvm_vm_handle){f->vm}).error, 0);
	area = pkvm_plat_private(inside(f)->fpstate);
	area[XSTATE_BV] = TILES;
	area[XCOMP_BV] = COMPONENTS;
	memset((uint8_t *)area + TILES_AT, 0x5e, 8192);
	return area;
}

static void test_tiles_of_a_pvm_come_and_go_whatever_the_host_disabled(void **state)
{
	struct fixture *f = *state;
	const struct pkvm_run in = {f->vcpu, 0};
	static _Alignas(64) uint64_t left[3 * 512];
	struct pkvm_run_exit out;
	const uint64_t *area = begin(f);
	uint64_t xfd = 0;

	assert_true(pkvm_plat_wrmsr(IA32_XFD, TILES));
	assert_int_equal(pkvm_hc_vcpu_run(&in, &out).error, 0);
	assert_int_equal(out.kind, PKVM_EXIT_EPT_VIOLATION);
	assert_int_equal(area[XSTATE_BV] & TILES, TILES);
	assert_int_equal(area[TILES_AT / 8], 0x5e5e5e5e5e5e5e5e);
	assert_int_equal(area[TILES_AT / 8 + 1023], 0x5e5e5e5e5e5e5e5e);
	assert_true(pkvm_plat_rdmsr(IA32_XFD, &xfd));
	assert_int_equal(xfd, TILES);

	/* Nor does the host find them when it enables them again. */
	assert_true(pkvm_plat_wrmsr(IA32_XFD, 0));
	pkvm_plat_write_xcr0(0x602e7);
	pkvm_plat_xsave(left, 0x602e7);
	assert_int_equal(left[XSTATE_BV] & TILES, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_tiles_of_a_pvm_come_and_go_whatever_the_host_disabled,
			fixture_pvm, fixture_destroy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
