/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Every stub of the host and how many calls it makes: for an npVM, for a pVM
 * before its first run, and after. A stub that makes none does and gives
 * nothing, and nobody complains.
 */
#include "host_fixture.h"
#include "host/tsc.h"

#define POISON 0xdeadbeefdeadbeefull

static uint64_t given;  /* what the stub under test gave back, 0 for a setter */

/* One stub, called with arguments that its hypervisor would take. */
#define STUB(NAME, ...)                 \
	static void call_##NAME(void)    \
	{                                \
		struct pkvm_host_vcpu *v = &fake_vcpu; \
		(void)v;                 \
		__VA_ARGS__              \
	}

STUB(set_segment, struct pkvm_host_segment s = {.present = 1}; pkvm_host_set_segment(v, &s, 1);)
STUB(write_segment, struct pkvm_host_segment s = {.present = 1};
     assert_int_equal(pkvm_host_write_segment(v, &s, 1), 0);)
STUB(get_segment, struct pkvm_host_segment s; pkvm_host_get_segment(v, &s, 1);
     given = s.base | s.limit | s.selector | s.type | s.present | s.unusable;)
STUB(get_segment_base, given = pkvm_host_get_segment_base(v, 1);)
STUB(get_cpl, given = (uint64_t)pkvm_host_get_cpl(v);)
STUB(get_cpl_no_cache, given = (uint64_t)pkvm_host_get_cpl_no_cache(v);)
STUB(set_gdt, struct pkvm_descriptor_table t = {0, 0}; pkvm_host_set_gdt(v, &t);)
STUB(write_gdt, struct pkvm_descriptor_table t = {0, 0};
     assert_int_equal(pkvm_host_write_gdt(v, &t), 0);)
STUB(get_gdt, struct pkvm_descriptor_table t = {POISON, POISON}; pkvm_host_get_gdt(v, &t);
     given = t.base | t.limit;)
STUB(set_idt, struct pkvm_descriptor_table t = {0, 0}; pkvm_host_set_idt(v, &t);)
STUB(write_idt, struct pkvm_descriptor_table t = {0, 0};
     assert_int_equal(pkvm_host_write_idt(v, &t), 0);)
STUB(get_idt, struct pkvm_descriptor_table t = {POISON, POISON}; pkvm_host_get_idt(v, &t);
     given = t.base | t.limit;)
STUB(set_cr0, pkvm_host_set_cr0(v, 0x11);)
STUB(write_cr0, assert_int_equal(pkvm_host_write_cr0(v, 0x11), 0);)
STUB(set_cr4, pkvm_host_set_cr4(v, 0x20);)
STUB(write_cr4, assert_int_equal(pkvm_host_write_cr4(v, 0x20), 0);)
STUB(set_efer, assert_int_equal(pkvm_host_set_efer(v, 0x100), 0);)
STUB(set_rflags, pkvm_host_set_rflags(v, 2);)
STUB(write_rflags, assert_int_equal(pkvm_host_write_rflags(v, 2), 0);)
STUB(get_rflags, given = pkvm_host_get_rflags(v);)
STUB(set_dr7, pkvm_host_set_dr7(v, 0x400);)
STUB(cache_reg, pkvm_host_cache_reg(v, 18); given = v->regs.cr0;)
STUB(set_msr, assert_int_equal(pkvm_host_set_msr(v, 0x174, 0), 0);)
STUB(get_msr, assert_int_equal(pkvm_host_get_msr(v, 0x174, &given), 0);)
STUB(load_mmu_pgd, struct pkvm_mmu_pgd p = {1, 0, 0, 0, 0, 0}; pkvm_host_load_mmu_pgd(v, &p);)
STUB(write_mmu_pgd, struct pkvm_mmu_pgd p = {1, 0, 0, 0, 0, 0};
     assert_int_equal(pkvm_host_write_mmu_pgd(v, &p), 0);)
STUB(flush_tlb_all, pkvm_host_flush_tlb_all(v);)
STUB(flush_tlb_current, pkvm_host_flush_tlb_current(v);)
STUB(flush_tlb_gva, pkvm_host_flush_tlb_gva(v, 0x1000);)
STUB(flush_tlb_guest, pkvm_host_flush_tlb_guest(v);)
STUB(set_interrupt_shadow, pkvm_host_set_interrupt_shadow(v, 1);)
STUB(get_interrupt_shadow, given = pkvm_host_get_interrupt_shadow(v);)
STUB(interrupt_allowed, given = (uint64_t)pkvm_host_interrupt_allowed(v, true);)
STUB(nmi_allowed, given = (uint64_t)pkvm_host_nmi_allowed(v, true);)
STUB(enable_irq_window, pkvm_host_enable_irq_window(v);)
STUB(enable_nmi_window, pkvm_host_enable_nmi_window(v);)
STUB(get_nmi_mask, given = pkvm_host_get_nmi_mask(v);)
STUB(set_nmi_mask, pkvm_host_set_nmi_mask(v, true);)
STUB(inject_irq, struct pkvm_irq i = {0x40, 0, 0}; pkvm_host_inject_irq(v, &i);)
STUB(inject_irq_if_allowed, given = (uint64_t)pkvm_host_inject_irq_if_allowed(v, 0x40);)
STUB(inject_nmi, pkvm_host_inject_nmi(v);)
STUB(inject_exception, struct pkvm_exception e = {6, 0, 0, 0, 0, 0};
     pkvm_host_inject_exception(v, &e);)
STUB(cancel_injection, pkvm_host_cancel_injection(v); given = v->requeued.kind;)
STUB(update_exception_bitmap, pkvm_host_update_exception_bitmap(v);)
STUB(deliver_sipi, pkvm_host_deliver_sipi(v, 8);)
STUB(update_cr8_intercept, pkvm_host_update_cr8_intercept(v, 3, -1);)
STUB(set_virtual_apic_mode, pkvm_host_set_virtual_apic_mode(v);)
STUB(refresh_apicv_exec_ctrl, pkvm_host_refresh_apicv_exec_ctrl(v);)
STUB(load_eoi_exitmap, uint64_t m[4] = {0}; pkvm_host_load_eoi_exitmap(v, m);)
STUB(hwapic_isr_update, pkvm_host_hwapic_isr_update(v, -1);)
STUB(sync_pir_to_irr, given = (uint64_t)pkvm_host_sync_pir_to_irr(v);)
STUB(protected_apic_has_interrupt, given = pkvm_host_protected_apic_has_interrupt(v);)
STUB(write_tsc_offset, pkvm_host_write_tsc_offset(v, 5);)
STUB(write_tsc_multiplier, pkvm_host_write_tsc_multiplier(v, 1ull << 48);)
STUB(setup_mce, pkvm_host_setup_mce(v, 1);)
STUB(vcpu_reset, pkvm_host_vcpu_reset(v, false);)
STUB(complete_emulated_msr, pkvm_host_complete_emulated_msr(v, false, 0);)
STUB(skip_emulated_instruction, pkvm_host_skip_emulated_instruction(v, 2);)
STUB(mmu_unmap, assert_int_equal(pkvm_host_mmu_unmap(v->vm, 0, 4096), 0);)
STUB(mmu_age, given = (uint64_t)pkvm_host_mmu_age(v->vm, 0, 4096, false);)
STUB(vm_finalize, assert_int_equal(pkvm_host_vm_finalize(v->vm), 0);)
STUB(vcpu_load, pkvm_host_vcpu_load(v);)
STUB(vcpu_put, pkvm_host_vcpu_put(v);)
STUB(smi_allowed, given = (uint64_t)pkvm_host_smi_allowed(v, true);)
STUB(enter_smm, assert_int_equal(pkvm_host_enter_smm(v), -95);)
STUB(set_msr_tsc_adjust, assert_int_equal(pkvm_host_set_msr(v, 0x3b, 7), 0);)
STUB(get_msr_tsc_adjust, assert_int_equal(pkvm_host_get_msr(v, 0x3b, &given), 0);)
STUB(get_msr_tsc, assert_int_equal(pkvm_host_get_msr(v, 0x10, &given), 0);)
STUB(set_msr_tsc, assert_int_equal(pkvm_host_set_msr(v, 0x10, 7), 0);)
STUB(read_cr3, given = pkvm_host_read_cr3(v);)

/* The call that the stub makes, and how often: npVM, pVM before and after its first run. */
#define ROW(NAME, NUMBER, NPVM, BEFORE, AFTER) \
	{ #NAME, call_##NAME, NUMBER, { NPVM, BEFORE, AFTER } }

static const struct row {
	const char *name;
	void (*call)(void);
	uint64_t number;
	unsigned int calls[3];
} rows[] = {
	/*  stub                      call  npVM  before  after */
	ROW(set_segment,              0x400,  1,     1,     0),
	ROW(write_segment,            0x400,  1,     1,     0),
	ROW(get_segment,              0x401,  1,     1,     0),
	ROW(get_cpl,                  0x401,  1,     1,     0),
	ROW(get_cpl_no_cache,         0x401,  1,     1,     0),
	ROW(get_segment_base,         0x402,  1,     1,     0),
	ROW(set_gdt,                  0x404,  1,     1,     0),
	ROW(write_gdt,                0x404,  1,     1,     0),
	ROW(get_gdt,                  0x405,  1,     1,     0),
	ROW(set_idt,                  0x406,  1,     1,     0),
	ROW(write_idt,                0x406,  1,     1,     0),
	ROW(get_idt,                  0x407,  1,     1,     0),
	ROW(set_cr0,                  0x408,  1,     1,     0),
	ROW(write_cr0,                0x408,  1,     1,     0),
	ROW(set_cr4,                  0x409,  1,     1,     0),
	ROW(write_cr4,                0x409,  1,     1,     0),
	ROW(set_efer,                 0x40a,  1,     1,     0),
	ROW(set_rflags,               0x40b,  1,     1,     0),
	ROW(write_rflags,             0x40b,  1,     1,     0),
	ROW(get_rflags,               0x40c,  1,     1,     0),
	ROW(set_dr7,                  0x40d,  1,     0,     0),
	ROW(cache_reg,                0x40e,  1,     0,     0),
	ROW(read_cr3,                 0x40e,  1,     0,     0),
	ROW(set_msr,                  0x40f,  1,     1,     0),
	ROW(get_msr,                  0x410,  1,     1,     0),
	ROW(load_mmu_pgd,             0x411,  1,     1,     0),
	ROW(write_mmu_pgd,            0x411,  1,     1,     0),
	ROW(flush_tlb_all,            0x412,  1,     1,     0),
	ROW(flush_tlb_current,        0x413,  1,     1,     0),
	ROW(flush_tlb_gva,            0x414,  1,     1,     0),
	ROW(flush_tlb_guest,          0x415,  1,     1,     0),
	ROW(set_interrupt_shadow,     0x500,  1,     0,     0),
	ROW(get_interrupt_shadow,     0x501,  1,     0,     0),
	ROW(interrupt_allowed,        0x502,  1,     1,     1),
	ROW(nmi_allowed,              0x503,  1,     1,     1),
	ROW(enable_irq_window,        0x504,  1,     1,     1),
	ROW(enable_nmi_window,        0x505,  1,     1,     1),
	ROW(get_nmi_mask,             0x506,  1,     1,     1),
	ROW(set_nmi_mask,             0x507,  1,     0,     0),
	ROW(inject_irq,               0x508,  1,     1,     1),
	ROW(inject_irq_if_allowed,    0x509,  1,     1,     1),
	ROW(inject_nmi,               0x50a,  1,     1,     1),
	ROW(inject_exception,         0x50b,  1,     0,     0),
	ROW(cancel_injection,         0x50c,  1,     1,     1),
	ROW(update_exception_bitmap,  0x50d,  1,     0,     0),
	ROW(deliver_sipi,             0x50e,  1,     0,     0),
	ROW(update_cr8_intercept,     0x600,  1,     1,     1),
	ROW(set_virtual_apic_mode,    0x601,  1,     0,     0),
	ROW(refresh_apicv_exec_ctrl,  0x602,  1,     1,     1),
	ROW(load_eoi_exitmap,         0x603,  1,     1,     1),
	ROW(hwapic_isr_update,        0x604,  1,     1,     1),
	ROW(sync_pir_to_irr,          0x605,  1,     1,     1),
	ROW(protected_apic_has_interrupt, 0x606, 1,  1,     1),
	ROW(write_tsc_offset,         0x702,  1,     1,     1),
	ROW(write_tsc_multiplier,     0x703,  1,     1,     1),
	ROW(setup_mce,                0x704,  1,     1,     1),
	ROW(mmu_unmap,                0x801,  1,     0,     0),
	ROW(mmu_age,                  0x802,  1,     0,     0),
	ROW(vm_finalize,              0x203,  0,     1,     1),
	ROW(vcpu_load,                0x302,  1,     1,     1),
	ROW(vcpu_put,                 0x303,  1,     1,     1),
	ROW(vcpu_reset,               0x304,  1,     0,     0),
	/* For an npVM the host skips the instruction itself: get_rflags, set_interrupt_shadow. */
	ROW(complete_emulated_msr,    0x306,  0,     1,     1),
	ROW(skip_emulated_instruction, 0x500, 1,     0,     0),
	ROW(smi_allowed,              0,      0,     0,     0),
	ROW(enter_smm,                0,      0,     0,     0),
	/* The host's own registers, for both kinds and at any time. */
	ROW(get_msr_tsc,              0,      0,     0,     0),
	ROW(set_msr_tsc,              0x702,  1,     1,     1),
	ROW(get_msr_tsc_adjust,       0,      0,     0,     0),
	ROW(set_msr_tsc_adjust,       0,      0,     0,     0),
};

static void prepare(unsigned int kind)
{
	fake_reset(kind != 0);
	fake_vcpu.guest_state_protected = kind == 2;
	given = 0;
}

static unsigned int made(uint64_t number)
{
	unsigned int sum = 0;

	for (unsigned int i = 0; i < fake.calls; i++)
		sum += fake.call[i].rax == number;
	return sum;
}

static bool skips(void (*call)(void))
{
	return call == call_complete_emulated_msr || call == call_skip_emulated_instruction;
}

static void test_every_stub_makes_the_calls_of_its_kind_of_vm(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (unsigned int kind = 0; kind < 3; kind++) {
			prepare(kind);
			rows[i].call();
			if (made(rows[i].number) != rows[i].calls[kind] ||
			    (!skips(rows[i].call) && fake.calls != rows[i].calls[kind]))
				fail_msg("%s, kind %u: %u calls", rows[i].name, kind,
					 fake.calls);
		}
	}
}

static void test_calls_that_were_made_are_counted(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		prepare(0);
		rows[i].call();
		/* Calls on a VM have no vCPU to count them. */
		if (rows[i].number < 0x800)
			assert_int_equal(fake_vcpu.stats.calls, fake.calls);
	}
}

/* What the host cached before is as denied as what it would have to ask for. */
static void fill_caches(void)
{
	struct pkvm_host_segment_cache *cache = &fake_vcpu.segment_cache;

	memset(cache->state, 0xff, sizeof(cache->state));
	cache->valid = cache->base_valid = 0xff;
	fake_vcpu.regs = (struct pkvm_host_regs){.avail = ~0u, .cr0 = 1, .cr3 = 2, .cr4 = 3,
						 .efer = 4, .pdptr = {5, 6, 7, 8}};
}

static void test_getters_of_a_hidden_vcpu_give_zero_without_a_call(void **state)
{
	struct pkvm_host_segment segment;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		prepare(2);
		fill_caches();
		memset(fake.answer, 0xff, sizeof(fake.answer));
		if (rows[i].calls[2] || rows[i].call == call_get_msr_tsc)
			continue;
		if (rows[i].call == call_cache_reg)
			continue;
		rows[i].call();
		assert_int_equal(fake.calls, 0);
		assert_int_equal(given, 0);
		assert_int_equal(fake_vm.dead, 0);
		assert_int_equal(fake.lines, 0);
	}
	prepare(2);
	fill_caches();
	assert_int_equal(pkvm_host_read_cr0(&fake_vcpu), 0);
	assert_int_equal(pkvm_host_read_cr4(&fake_vcpu), 0);
	assert_int_equal(pkvm_host_read_efer(&fake_vcpu), 0);
	assert_int_equal(pkvm_host_read_pdptr(&fake_vcpu, 2), 0);
	pkvm_host_get_segment(&fake_vcpu, &segment, 7);
	assert_int_equal(segment.base, 0);
	assert_int_equal(fake.calls, 0);
}

/* 1 calls whose status is a result; the others are void, or give a value. */
static bool has_result(const struct row *row)
{
	return strncmp(row->name, "write_", 6) == 0 ? strncmp(row->name, "write_tsc", 9) != 0 :
	       row->call == call_set_efer || row->call == call_set_msr ||
	       row->call == call_get_msr || row->call == call_mmu_unmap ||
	       row->call == call_mmu_age || row->call == call_vm_finalize ||
	       row->call == call_interrupt_allowed || row->call == call_nmi_allowed ||
	       row->call == call_inject_irq_if_allowed;
}

static void test_void_stub_that_fails_marks_the_vm_dead_and_gives_zero(void **state)
{
	unsigned int seen = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (has_result(&rows[i]) || !rows[i].calls[0])
			continue;
		prepare(0);
		fake.answer[rows[i].number].error = -22;
		fake.answer[rows[i].number].word[0] = 1;
		rows[i].call();
		if (!fake_vm.dead || fake.lines != 1)
			fail_msg("%s: the VM lives", rows[i].name);
		/* KVM's "no vector" is -1. */
		assert_true(given == 0 ||
			    (rows[i].call == call_sync_pir_to_irr && given == ~0ull));
		seen++;
	}
	assert_true(seen > 35);
}

static void test_stub_with_a_result_returns_it_and_the_vm_lives(void **state)
{
	struct pkvm_descriptor_table table = {0, 0};
	struct pkvm_host_segment segment = {0};
	struct pkvm_mmu_pgd pgd = {1, 0, 0, 0, 0, 0};
	uint64_t value = POISON;

	(void)state;
	fake_reset(false);
	for (unsigned int i = 0; i < FAKE_NUMBERS; i++)
		fake.answer[i].error = -22;
	assert_int_equal(pkvm_host_write_segment(&fake_vcpu, &segment, 1), -22);
	assert_int_equal(pkvm_host_write_gdt(&fake_vcpu, &table), -22);
	assert_int_equal(pkvm_host_write_idt(&fake_vcpu, &table), -22);
	assert_int_equal(pkvm_host_write_cr0(&fake_vcpu, 1), -22);
	assert_int_equal(pkvm_host_write_cr4(&fake_vcpu, 1), -22);
	assert_int_equal(pkvm_host_set_efer(&fake_vcpu, 1), -22);
	assert_int_equal(pkvm_host_write_rflags(&fake_vcpu, 1), -22);
	assert_int_equal(pkvm_host_write_mmu_pgd(&fake_vcpu, &pgd), -22);
	assert_int_equal(pkvm_host_set_msr(&fake_vcpu, 0x174, 1), -22);
	assert_int_equal(pkvm_host_get_msr(&fake_vcpu, 0x174, &value), -22);
	assert_int_equal(value, 0);
	assert_int_equal(pkvm_host_interrupt_allowed(&fake_vcpu, true), -22);
	assert_int_equal(pkvm_host_nmi_allowed(&fake_vcpu, true), -22);
	assert_int_equal(pkvm_host_inject_irq_if_allowed(&fake_vcpu, 0x40), -22);
	assert_int_equal(pkvm_host_mmu_unmap(&fake_vm, 0, 4096), -22);
	assert_int_equal(pkvm_host_mmu_age(&fake_vm, 0, 4096, true), -22);
	assert_int_equal(fake_vm.dead, 0);
	assert_int_equal(fake_vcpu.regs.avail, 0);
	assert_int_equal(fake.lines, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_stub_makes_the_calls_of_its_kind_of_vm),
		cmocka_unit_test(test_calls_that_were_made_are_counted),
		cmocka_unit_test(test_getters_of_a_hidden_vcpu_give_zero_without_a_call),
		cmocka_unit_test(test_void_stub_that_fails_marks_the_vm_dead_and_gives_zero),
		cmocka_unit_test(test_stub_with_a_result_returns_it_and_the_vm_lives),
	};

	return cmocka_run_group_tests_name("host calls", tests, NULL, NULL);
}
