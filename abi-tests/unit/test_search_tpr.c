/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Every order in which TPR, requests, service and VM entries of a vCPU without
 * APICv can follow each other: whether an entry ever meets a TPR threshold above
 * TPR's class, under each policy. 0x71 interrupts the service of 0x51. One vCPU is
 * enough: no other has a part in its threshold but by what it requests.
 */
#include <string.h>

#include "search.h"
#include "host/irqchip.h"
#include "host/transport.h"
#include "host/x86_ops.h"

#define UPDATE_CR8_INTERCEPT 0x600

enum { IF_DELIVERABLE, EVERY_EXIT, EVERY_PPR };

static struct {
	struct pkvm_host host;
	struct pkvm_host_vm vm;
	struct pkvm_host_vcpu vcpu;
	struct pkvm_shared_page page;
	struct pkvm_host_irqchip chip;
	struct pkvm_host_lapic apic;
} t;

/* What the VMCS and the processor keep. */
static struct {
	uint32_t threshold;
	uint32_t running;
} cpu;

static const char *wrong;

/* Protocol, update_cr8_intercept: the pending class if it is not above TPR's, else 0. */
void pkvm_host_transport(struct pkvm_regs *regs)
{
	const uint64_t tpr = regs->word[0], pending = regs->word[1];

	assert_int_equal(regs->rax, UPDATE_CR8_INTERCEPT);
	cpu.threshold = pending <= tpr ? (uint32_t)pending : 0;
	regs->rax = 0;
	regs->word[0] = 0;
}

static bool request(uint32_t vector)
{
	const uint32_t bit = 1u << vector % 32;

	return !cpu.running && !(t.apic.reg[(0x200 + vector / 32 * 16) / 16] & bit) &&
	       pkvm_host_lapic_accept(&t.apic, vector, false);
}

static bool inject(uint32_t argument)
{
	(void)argument;
	return !cpu.running && pkvm_host_lapic_ack(&t.apic) >= 0;
}

/* SDM "VM-Execution Control Fields": bits 3:0 against VTPR [7:4]. */
static bool enter(uint32_t argument)
{
	(void)argument;
	if (cpu.running)
		return false;
	pkvm_host_lapic_sync(&t.apic);
	if ((cpu.threshold & 0xf) > (t.page.apic.tpr >> 4 & 0xf))
		wrong = "the entry fails: the TPR threshold is above TPR's class";
	cpu.running = 1;
	return true;
}

static bool exit_otherwise(uint32_t argument)
{
	const bool ran = cpu.running;

	(void)argument;
	cpu.running = 0;
	return ran;
}

/* The guest's MOV to CR8, which the TPR shadow takes without an exit. */
static bool shadow(uint32_t tpr)
{
	if (!cpu.running || t.page.apic.tpr == tpr || tpr >> 4 < cpu.threshold)
		return false;
	t.page.apic.tpr = tpr;
	return true;
}

/* One that falls below the threshold: the exit follows. */
static bool below(uint32_t tpr)
{
	const struct pkvm_run_exit exit = {.kind = PKVM_EXIT_TPR_BELOW_THRESHOLD};

	if (!cpu.running || tpr >> 4 >= cpu.threshold)
		return false;
	t.page.apic.tpr = tpr;
	cpu.running = 0;
	assert_true(pkvm_host_lapic_handle_exit(&t.apic, &exit));
	return true;
}

static bool emulate(uint32_t index, uint32_t value)
{
	if (!cpu.running)
		return false;
	cpu.running = 0;
	assert_int_equal(pkvm_host_lapic_wrmsr(&t.apic, index, value), 0);
	return true;
}

static bool emulate_tpr(uint32_t tpr)
{
	return emulate(0x808, tpr);
}

static bool emulate_eoi(uint32_t value)
{
	return emulate(0x80b, value);
}

static bool restore_cr8(uint32_t class)
{
	if (cpu.running)
		return false;
	assert_int_equal(pkvm_host_lapic_restore_cr8(&t.apic, class), 0);
	return true;
}

static bool restore_apic(uint32_t tpr)
{
	struct pkvm_host_lapic_state saved;

	if (cpu.running)
		return false;
	pkvm_host_lapic_get_state(&t.apic, &saved);
	saved.reg[0x80 / 4] = tpr;
	assert_int_equal(pkvm_host_lapic_set_state(&t.apic, &saved), 0);
	return true;
}

static const struct search_step steps[] = {
	{request, 0x51, "0x51 is requested"},
	{request, 0x71, "0x71 is requested"},
	{inject, 0, "the highest vector that can be delivered is injected"},
	{enter, 0, "VM entry"},
	{shadow, 0x40, "the guest sets TPR to 0x40 without an exit"},
	{shadow, 0x60, "the guest sets TPR to 0x60 without an exit"},
	{shadow, 0x80, "the guest sets TPR to 0x80 without an exit"},
	{below, 0x40, "the guest lowers TPR to 0x40: TPR-below-threshold exit"},
	{below, 0x60, "the guest lowers TPR to 0x60: TPR-below-threshold exit"},
	{emulate_tpr, 0x40, "the guest's write of TPR, 0x40, is emulated"},
	{emulate_tpr, 0x60, "the guest's write of TPR, 0x60, is emulated"},
	{emulate_eoi, 0, "the guest's EOI is emulated"},
	{exit_otherwise, 0, "an exit that is not the APIC's"},
	{restore_cr8, 4, "CR8 is restored as 4"},
	{restore_cr8, 6, "CR8 is restored as 6"},
	{restore_apic, 0x40, "APIC state with TPR 0x40 is restored"},
	{restore_apic, 0x60, "APIC state with TPR 0x60 is restored"},
};

static const char *judge(void)
{
	const char *found = wrong;

	wrong = NULL;
	return found;
}

/* From a guest that has set TPR to 0x60, in x2APIC mode. */
static struct search_result search_under(int policy)
{
	static const struct search_region regions[] = {
		{&t.apic, sizeof(t.apic)}, {&t.page.apic.tpr, sizeof(t.page.apic.tpr)},
		{&cpu, sizeof(cpu)},
	};
	static const struct search search = {
		regions, 3, steps, sizeof(steps) / sizeof(steps[0]), judge,
	};
	struct search_result result;

	memset(&t, 0, sizeof(t));
	memset(&cpu, 0, sizeof(cpu));
	t.vm.host = &t.host;
	t.vcpu = (struct pkvm_host_vcpu){.vm = &t.vm, .page = &t.page, .apic_base = 0xfee00c00};
	assert_int_equal(pkvm_host_irqchip_init(&t.chip, 2, 0), 0);
	t.chip.tpr_policy = (enum pkvm_host_tpr_policy)policy;
	assert_int_equal(pkvm_host_irqchip_add_lapic(&t.chip, &t.apic, &t.vcpu, 0), 0);
	assert_int_equal(pkvm_host_lapic_wrmsr(&t.apic, 0x80f, 0x1ff), 0);
	assert_true(restore_apic(0x60));
	result = search_run(&search);
	print_message("%zu states, %zu transitions\n", result.states, result.transitions);
	assert_false(pkvm_host_is_dead(&t.vm));
	return result;
}

static void test_general_policy_never_enters_with_the_threshold_above_tpr(void **state)
{
	const struct search_result result = search_under(EVERY_PPR);

	(void)state;
	search_assert_clean(&result, "general policy");
}

/* As it was reported: the exit makes nothing deliverable, and so nothing looks again. */
static void test_wrong_policy_fails_by_a_tpr_below_threshold_exit(void **state)
{
	static const char *const trace[] = {
		"0x51 is requested",
		"0x71 is requested",
		"the highest vector that can be delivered is injected",
		"VM entry",
		"the guest lowers TPR to 0x40: TPR-below-threshold exit",
		"VM entry",
	};
	const struct search_result result = search_under(IF_DELIVERABLE);

	(void)state;
	search_assert_trace(&result, trace, 6,
			    "the entry fails: the TPR threshold is above TPR's class");
	assert_int_equal(pkvm_host_lapic_pending(&t.apic), -1);
}

static void test_minimal_policy_fails_by_an_emulated_write_of_tpr(void **state)
{
	static const char *const trace[] = {
		"0x51 is requested",
		"0x71 is requested",
		"the highest vector that can be delivered is injected",
		"VM entry",
		"the guest's write of TPR, 0x40, is emulated",
		"VM entry",
	};
	const struct search_result result = search_under(EVERY_EXIT);

	(void)state;
	search_assert_trace(&result, trace, 6,
			    "the entry fails: the TPR threshold is above TPR's class");
	assert_int_equal(pkvm_host_lapic_pending(&t.apic), -1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_general_policy_never_enters_with_the_threshold_above_tpr),
		cmocka_unit_test(test_wrong_policy_fails_by_a_tpr_below_threshold_exit),
		cmocka_unit_test(test_minimal_policy_fails_by_an_emulated_write_of_tpr),
	};

	return cmocka_run_group_tests_name("search tpr", tests, NULL, NULL);
}
