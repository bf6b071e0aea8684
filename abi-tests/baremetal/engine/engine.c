/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The engine vmx in VMX root operation: every function of lib/vmcs/vmcs.h, with
 * the outcomes that the SDM names (section "VM Instruction Error Numbers").
 */
#include "../../../baremetal/common/exception.h"
#include "../../../baremetal/common/x86.h"
#include "../../../baremetal/hyp/host.h"
#include "../../../baremetal/hyp/view.h"
#include "../../../lib/vmcs/access.h"
#include "../expect.h"

#define MISC_WRITE_ANY PKVM_BIT(29)
#define NO_FIELD       0x6ffeu
#define PATTERN(I)     (UINT64_C(0x0123456789abcdef) * ((I) + 1))

void hyp_main(uint32_t number);
int engine_enter(struct pkvm_guest_regs *regs, bool resume, uint64_t after[8]);
extern const uint8_t engine_guest[], engine_guest_end[];

static _Alignas(4096) uint8_t page[4096];

static void test_capabilities_are_those_of_the_msrs(void)
{
	const struct pkvm_vmx_caps *caps = pkvm_vmcs_caps();
	uint64_t value = 0;

	EXPECT(caps == pkvm_vmcs_caps());
	EXPECT(pkvm_plat_rdmsr(0x480, &value));
	EXPECT_EQUAL(caps->basic, value);
	EXPECT(pkvm_plat_rdmsr(0x482, &value));
	EXPECT_EQUAL(caps->procbased_ctls, value);
	EXPECT(pkvm_plat_rdmsr(0x48c, &value));
	EXPECT_EQUAL(caps->ept_vpid_cap, value);
	EXPECT(caps->maxphyaddr >= 36 && caps->maxphyaddr <= 52);
	EXPECT_EQUAL(caps->linear_address_bits, 48);
	EXPECT(caps->efer_supported);
}

static void test_nothing_works_outside_vmx_operation(void)
{
	struct pkvm_guest_regs regs = {0};
	uint64_t value;

	EXPECT_EQUAL(pkvm_vmcs_clear((uintptr_t)page), -1);
	EXPECT_EQUAL(pkvm_vmcs_load((uintptr_t)page), -1);
	EXPECT_EQUAL(pkvm_vmcs_read(PKVM_VMCS_GUEST_RIP, &value), -1);
	EXPECT_EQUAL(pkvm_vmcs_write(PKVM_VMCS_GUEST_RIP, 0), -1);
	EXPECT_EQUAL(pkvm_vmcs_enter(&regs, false), -1);
	EXPECT_EQUAL(pkvm_vmcs_invept(2, 0), -1);
	EXPECT_EQUAL(pkvm_vmcs_invvpid(2, 0, 0), -1);
	EXPECT_EQUAL(pkvm_vmcs_cpu_off(), -1);
	EXPECT_EQUAL(pkvm_vmcs_cpu_on((uintptr_t)page + 8), -1);
}

/* The VMCS that the host would run on is what the other tests change. */
static void test_vmx_operation_has_users(void)
{
	host_start(this_cpu());
	EXPECT_EQUAL(pkvm_vmcs_cpu_on(0), 0);
	EXPECT_EQUAL(pkvm_vmcs_cpu_off(), 0);
	EXPECT_EQUAL(this_cpu()->vmx.current, this_cpu()->host_vmcs);
	EXPECT_EQUAL(pkvm_vmx_pointer(), this_cpu()->host_vmcs);
	EXPECT_EQUAL(pkvm_vmcs_load(this_cpu()->host_vmcs), 0);
}

static void test_addresses_are_refused_by_their_error(void)
{
	const uint64_t vmcs = this_cpu()->host_vmcs;

	EXPECT_EQUAL(pkvm_vmcs_clear(vmcs + 8), 2);
	EXPECT_EQUAL(pkvm_vmcs_load(vmcs + 8), 9);
	EXPECT_EQUAL(pkvm_vmcs_load((uintptr_t)page), 11);
}

static void test_fields_hold_what_was_written(void)
{
	uint64_t value = 0;

	EXPECT_EQUAL(pkvm_vmcs_write(PKVM_VMCS_GUEST_RIP, UINT64_C(0x1122334455667788)), 0);
	EXPECT_EQUAL(pkvm_vmcs_read(PKVM_VMCS_GUEST_RIP, &value), 0);
	EXPECT_EQUAL(value, UINT64_C(0x1122334455667788));
	EXPECT_EQUAL(pkvm_vmcs_write(PKVM_VMCS_GUEST_CS_SELECTOR, 0x12340008), 0);
	EXPECT_EQUAL(pkvm_vmcs_read(PKVM_VMCS_GUEST_CS_SELECTOR, &value), 0);
	EXPECT_EQUAL(value, 8);
	value = 0x55;
	EXPECT_EQUAL(pkvm_vmcs_read(NO_FIELD, &value), 12);
	EXPECT_EQUAL(value, 0x55);
	EXPECT_EQUAL(pkvm_vmcs_write(NO_FIELD, 0), 12);
	if (!(pkvm_vmcs_caps()->misc & MISC_WRITE_ANY))
		EXPECT_EQUAL(pkvm_vmcs_write(PKVM_VMCS_EXIT_QUALIFICATION, 0), 13);
}

static void test_a_cleared_vmcs_is_no_longer_current(void)
{
	const uint64_t vmcs = this_cpu()->host_vmcs;
	struct pkvm_guest_regs regs = {0};
	uint64_t value;

	EXPECT_EQUAL(pkvm_vmcs_clear(vmcs), 0);
	EXPECT_EQUAL(pkvm_vmx_pointer(), ~UINT64_C(0));
	EXPECT_EQUAL(pkvm_vmcs_read(PKVM_VMCS_GUEST_RIP, &value), -1);
	EXPECT_EQUAL(pkvm_vmcs_write(PKVM_VMCS_GUEST_RIP, 0), -1);
	EXPECT_EQUAL(pkvm_vmcs_enter(&regs, false), -1);
	EXPECT_EQUAL(pkvm_vmcs_load(vmcs), 0);
	EXPECT_EQUAL(pkvm_vmcs_read(PKVM_VMCS_GUEST_RIP, &value), 0);
	EXPECT_EQUAL(value, UINT64_C(0x1122334455667788));
}

static void test_a_launch_that_fails_says_why_and_keeps_the_registers(void)
{
	struct pkvm_guest_regs regs;
	uint64_t after[8] = {1};

	for (unsigned int i = 0; i < PKVM_NR_GPRS; i++)
		regs.gpr[i] = PATTERN(i);
	regs.cr2 = 0;
	for (unsigned int i = 0; i < 4; i++)
		regs.dr[i] = 0;
	regs.dr6 = 0xffff0ff0;
	EXPECT_EQUAL(pkvm_vmcs_enter(&regs, true), 5);
	pkvm_vmwrite(PKVM_VMCS_CR3_TARGET_COUNT, 99);
	EXPECT_EQUAL(pkvm_vmcs_enter(&regs, false), 7);
	pkvm_vmwrite(PKVM_VMCS_CR3_TARGET_COUNT, 0);
	pkvm_vmwrite(PKVM_VMCS_HOST_RIP, PKVM_BIT(62));
	EXPECT_EQUAL(engine_enter(&regs, false, after), 2);
	for (unsigned int i = 0; i < 8; i++)
		EXPECT_EQUAL(after[i], 0);
	for (unsigned int i = 0; i < PKVM_NR_GPRS; i++)
		EXPECT_EQUAL(regs.gpr[i], PATTERN(i));
}

static void fill(struct pkvm_guest_regs *regs)
{
	for (unsigned int i = 0; i < PKVM_NR_GPRS; i++)
		regs->gpr[i] = PATTERN(i);
	regs->cr2 = 0x1000;
	regs->dr[0] = 0x11111111;
	regs->dr[1] = 0x22222222;
	regs->dr[2] = 0x33333333;
	regs->dr[3] = 0x44444444;
	regs->dr6 = 0xffff0ff1;
}

static void expect_complements(const struct pkvm_guest_regs *regs)
{
	for (unsigned int i = 0; i < PKVM_NR_GPRS; i++) {
		if (i == PKVM_GPR_RSP)
			EXPECT_EQUAL(regs->gpr[i], PATTERN(i));
		else
			EXPECT_EQUAL(regs->gpr[i], ~PATTERN(i));
	}
	EXPECT_EQUAL(regs->cr2, ~UINT64_C(0x1000));
	EXPECT_EQUAL(regs->dr[0], 0xeeeeeeee);
	EXPECT_EQUAL(regs->dr[1], 0x22222222);
	EXPECT_EQUAL(regs->dr[2], 0x33333333);
	EXPECT_EQUAL(regs->dr[3], 0xbbbbbbbb);
	EXPECT_EQUAL(regs->dr6, 0xffff0ff1);
}

static void test_registers_go_in_come_out_and_leave_nothing(void)
{
	const uint64_t size = (uint64_t)(engine_guest_end - engine_guest);
	uint8_t *code = (uint8_t *)MAP_HOST_PROGRAM;
	struct pkvm_guest_regs regs;
	uint64_t after[8] = {1};

	for (uint64_t i = 0; i < size; i++)
		code[i] = engine_guest[i];
	pkvm_vmwrite(PKVM_VMCS_GUEST_RIP, MAP_HOST_PROGRAM);
	fill(&regs);
	EXPECT_EQUAL(pkvm_vmcs_enter(&regs, false), 0);
	EXPECT_EQUAL(pkvm_vmread(PKVM_VMCS_VM_EXIT_REASON), 18);
	EXPECT_EQUAL(pkvm_vmread(PKVM_VMCS_GUEST_RIP), MAP_HOST_PROGRAM + size - 3);
	expect_complements(&regs);
	EXPECT_EQUAL(pkvm_vmcs_enter(&regs, false), 4);
	pkvm_vmwrite(PKVM_VMCS_GUEST_RIP, MAP_HOST_PROGRAM);
	fill(&regs);
	EXPECT_EQUAL(engine_enter(&regs, true, after), 0);
	expect_complements(&regs);
	for (unsigned int i = 0; i < 8; i++)
		EXPECT_EQUAL(after[i], 0);
}

static void test_a_guest_state_that_is_refused_is_an_exit(void)
{
	struct pkvm_guest_regs regs;

	fill(&regs);
	pkvm_vmwrite(PKVM_VMCS_GUEST_RFLAGS, 0);
	EXPECT_EQUAL(pkvm_vmcs_enter(&regs, true), 0);
	EXPECT_EQUAL(pkvm_vmread(PKVM_VMCS_VM_EXIT_REASON), 0x80000021);
	pkvm_vmwrite(PKVM_VMCS_GUEST_RFLAGS, 2);
}

static void test_translations_are_invalidated_by_known_types(void)
{
	EXPECT_EQUAL(pkvm_vmcs_invept(PKVM_INVEPT_SINGLE_CONTEXT, view_eptp()), 0);
	EXPECT_EQUAL(pkvm_vmcs_invept(PKVM_INVEPT_ALL_CONTEXTS, 0), 0);
	EXPECT_EQUAL(pkvm_vmcs_invept(9, 0), 28);
	EXPECT_EQUAL(pkvm_vmcs_invvpid(PKVM_INVVPID_SINGLE_CONTEXT, 1, 0), 0);
	EXPECT_EQUAL(pkvm_vmcs_invvpid(PKVM_INVVPID_ALL_CONTEXTS, 0, 0), 0);
	EXPECT_EQUAL(pkvm_vmcs_invvpid(PKVM_INVVPID_SINGLE_CONTEXT, 0, 0), 28);
	EXPECT_EQUAL(pkvm_vmcs_invvpid(9, 1, 0), 28);
}

static void test_the_last_user_ends_vmx_operation(void)
{
	EXPECT_EQUAL(pkvm_vmcs_clear(this_cpu()->host_vmcs), 0);
	EXPECT_EQUAL(pkvm_vmcs_cpu_off(), 0);
	EXPECT_EQUAL(pkvm_vmcs_cpu_off(), -1);
	EXPECT_EQUAL(pkvm_vmcs_load(this_cpu()->host_vmcs), -1);
}

static const struct expect_test tests[] = {
	TEST(test_capabilities_are_those_of_the_msrs),
	TEST(test_nothing_works_outside_vmx_operation),
	TEST(test_vmx_operation_has_users),
	TEST(test_addresses_are_refused_by_their_error),
	TEST(test_fields_hold_what_was_written),
	TEST(test_a_cleared_vmcs_is_no_longer_current),
	TEST(test_a_launch_that_fails_says_why_and_keeps_the_registers),
	TEST(test_registers_go_in_come_out_and_leave_nothing),
	TEST(test_a_guest_state_that_is_refused_is_an_exit),
	TEST(test_translations_are_invalidated_by_known_types),
	TEST(test_the_last_user_ends_vmx_operation),
	{0},
};

/* In the place of the hypervisor's own; other CPUs are never started. */
void hyp_main(uint32_t number)
{
	exception_init();
	(void)cpu_start(number);
	view_init();
	host_boot(1);
	expect_run(tests);
	expect_end(true);
}
