/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Calls by VMCALL: the convention's registers, and the life of the system. */
#include "../../../host/platform.h"
#include "../../../host/transport.h"
#include "harness.h"

static void test_nothing_is_answered_before_a_version_is_agreed(void)
{
	const struct pkvm_region_list list = {0x1000, 1};

	EXPECT_EQUAL(pkvm_hc_init(&list).error, -71);
	EXPECT_EQUAL(pkvm_hc_raw(0x7777, NULL, 0, NULL, 0).error, -71);
}

static void test_abi_query_answers(void)
{
	const struct pkvm_query query = {1, 0, ~UINT64_C(0)};
	struct pkvm_answer answer;

	EXPECT_EQUAL(pkvm_hc_abi_query(&query, &answer).error, 0);
	EXPECT_EQUAL(answer.major, 1);
	EXPECT_EQUAL(answer.minor, 0);
	EXPECT_EQUAL(answer.vm_area_size % 4096, 0);
	EXPECT_EQUAL(answer.vcpu_area_size, 20480);
	EXPECT_EQUAL(answer.fpstate_size, 4096);
	EXPECT_EQUAL(answer.max_vms, 128);
	EXPECT_EQUAL(answer.max_vcpus, 64);
}

/* RSP, RBP and what the C compiler keeps are checked by coming back at all. */
static void test_a_call_writes_no_register_but_its_outputs(void)
{
	uint64_t rax = 0xdead, rbx = 2, rcx = 3, rdx = 4, rsi = 5, rdi = 6;
	register uint64_t r8 __asm__("r8") = 8;
	register uint64_t r9 __asm__("r9") = 9;
	register uint64_t r12 __asm__("r12") = 12;
	register uint64_t r13 __asm__("r13") = 13;
	register uint64_t r14 __asm__("r14") = 14;
	register uint64_t r15 __asm__("r15") = 15;
	uint64_t flags, cr2 = 0x1234567;

	__asm__ volatile("movq %0, %%cr2" : : "r"(cr2));
	__asm__ volatile("stc; std; vmcall; pushfq; cld; popq %[flags]"
			 : "+a"(rax), "+b"(rbx), "+c"(rcx), "+d"(rdx), "+S"(rsi), "+D"(rdi),
			   "+r"(r8), "+r"(r9), "+r"(r12), "+r"(r13), "+r"(r14), "+r"(r15),
			   [flags] "=&r"(flags)
			 : : "memory", "cc");
	EXPECT_EQUAL(rax, (uint64_t)-38);
	EXPECT_EQUAL(rbx, 0);
	EXPECT_EQUAL(rcx, 3);
	EXPECT_EQUAL(rdx, 4);
	EXPECT_EQUAL(rsi, 5);
	EXPECT_EQUAL(rdi, 6);
	EXPECT_EQUAL(r8, 8);
	EXPECT_EQUAL(r9, 9);
	EXPECT_EQUAL(r12, 12);
	EXPECT_EQUAL(r13, 13);
	EXPECT_EQUAL(r14, 14);
	EXPECT_EQUAL(r15, 15);
	EXPECT_EQUAL(flags & 0x401, 0x401);
	__asm__ volatile("movq %%cr2, %0" : "=r"(cr2));
	EXPECT_EQUAL(cr2, 0x1234567);
}

static void test_the_image_cannot_be_given_as_ram(void)
{
	const uint64_t page = pkvm_host_plat_alloc(1);
	struct pkvm_memory_region *region = pkvm_host_plat_ptr(page);
	const struct pkvm_region_list list = {page, 1};

	*region = (struct pkvm_memory_region){MAP_HYP, 4096, PKVM_REGION_RAM};
	EXPECT_EQUAL(pkvm_hc_init(&list).error, -14);
	*region = (struct pkvm_memory_region){0, MAP_END, PKVM_REGION_RAM};
	EXPECT_EQUAL(pkvm_hc_init(&list).error, -14);
	EXPECT(pkvm_host_plat_free(page, 1));
}

static void test_the_system_comes_up(void)
{
	const uint64_t page = pkvm_host_plat_alloc(1);
	struct pkvm_memory_region *regions = pkvm_host_plat_ptr(page);
	const struct pkvm_region_list list = {page, host_boot_info->nr_regions};

	for (uint64_t i = 0; i < host_boot_info->nr_regions; i++)
		regions[i] = host_boot_info->region[i];
	EXPECT_EQUAL(pkvm_hc_check_processor_compatibility().error, 0);
	EXPECT_EQUAL(pkvm_hc_init(&list).error, 0);
	EXPECT_EQUAL(pkvm_hc_init(&list).error, -16);
	EXPECT_EQUAL(pkvm_hc_enable_virtualization_cpu().error, 0);
	EXPECT_EQUAL(pkvm_hc_init_finalize().error, 0);
	EXPECT_EQUAL(pkvm_hc_init_finalize().error, -16);
	EXPECT(pkvm_host_plat_free(page, 1));
}

const struct expect_test call_tests[] = {
	TEST(test_nothing_is_answered_before_a_version_is_agreed),
	TEST(test_abi_query_answers),
	TEST(test_a_call_writes_no_register_but_its_outputs),
	TEST(test_the_image_cannot_be_given_as_ram),
	TEST(test_the_system_comes_up),
	{0},
};

/* The last one: VMX operation goes on below a host that has given up. */
static void test_a_cpu_that_was_reprivileged_makes_no_more_calls(void)
{
	const struct pkvm_query query = {1, 0, ~UINT64_C(0)};
	struct pkvm_answer answer;

	EXPECT_EQUAL(pkvm_hc_reprivilege_cpu().error, 0);
	EXPECT_EQUAL(pkvm_hc_reprivilege_cpu().error, -1);
	EXPECT_EQUAL(pkvm_hc_enable_virtualization_cpu().error, -1);
	EXPECT_EQUAL(pkvm_hc_abi_query(&query, &answer).error, 0);
	EXPECT_EQUAL(answer.major, 1);
}

const struct expect_test end_tests[] = {
	TEST(test_a_cpu_that_was_reprivileged_makes_no_more_calls),
	{0},
};
