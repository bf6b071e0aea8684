/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What the host is told in which mode: #UD for VMCALL below CPL 0 or not in
 * 64-bit mode, #GP and #DF for what it does to pages that are not its own.
 */
#include "../../../baremetal/common/exception.h"
#include "harness.h"

#define CODE64_DPL3 UINT64_C(0x00affb000000ffff)
#define DATA_DPL3   UINT64_C(0x00cff3000000ffff)
#define CODE32      UINT64_C(0x00cf9b000000ffff)
#define USER        4u
#define VECTOR_DB   1
#define VECTOR_UD   6
#define VECTOR_DF   8
#define VECTOR_GP   13
#define RFLAGS_TF   0x100

void mode_enter(uint64_t cs, uint64_t ss, uint64_t rip, uint64_t rsp, uint64_t rflags);
void mode_return(void);
extern const uint8_t mode_vmcall[], mode_ud[];
extern uint64_t mode_stack;

static struct exception_frame seen;

/* Keeps what the other mode raised, and goes back from there. */
static void leave(struct exception_frame *frame)
{
	seen = *frame;
	frame->cs = TABLES_CS;
	frame->ss = TABLES_DS;
	frame->rip = (uintptr_t)mode_return;
	frame->rsp = mode_stack;
	frame->rflags = 2;
}

static _Alignas(16) uint8_t stack[1024];
#define STACK ((uintptr_t)stack + sizeof(stack))

/* The vector of the exception that ends it. */
static uint64_t enter(uint64_t cs, uint64_t ss, uint64_t rip, uint64_t rsp, uint64_t rflags)
{
	seen = (struct exception_frame){0};
	host_on_exception = leave;
	mode_enter(cs, ss, rip, rsp, rflags);
	host_on_exception = NULL;
	return seen.vector;
}

static void call_in(uint64_t cs, uint64_t ss)
{
	EXPECT_EQUAL(enter(cs, ss, (uintptr_t)mode_vmcall, STACK, 2), VECTOR_UD);
	EXPECT_EQUAL(seen.rip, (uintptr_t)mode_vmcall);
	EXPECT_EQUAL(seen.cs, cs);
	EXPECT_EQUAL(seen.rax, 0);
	EXPECT_EQUAL(seen.rbx, 1);
	EXPECT_EQUAL(seen.rcx, 0);
	EXPECT_EQUAL(seen.rdx, 0x55);
}

/* The program's own 2 MiB, in the page tables that the host began with. */
static void let_user_mode_in(void)
{
	uint64_t *root = (uint64_t *)MAP_HOST_TABLES;
	uint64_t *directories = root + 1024;

	root[0] |= USER;
	root[512] |= USER;
	directories[MAP_HOST_PROGRAM >> 21] |= USER;
	__asm__ volatile("movq %%cr3, %%rax; movq %%rax, %%cr3" : : : "rax", "memory");
}

static void test_vmcall_at_cpl_3_is_ud(void)
{
	uint64_t *gdt = host_this_cpu()->tables.gdt;

	let_user_mode_in();
	gdt[TABLES_FREE / 8] = CODE64_DPL3;
	gdt[TABLES_FREE / 8 + 1] = DATA_DPL3;
	call_in(TABLES_FREE | 3, (TABLES_FREE + 8) | 3);
}

static void test_vmcall_in_compatibility_mode_is_ud(void)
{
	uint64_t *gdt = host_this_cpu()->tables.gdt;

	gdt[TABLES_FREE / 8 + 2] = CODE32;
	call_in(TABLES_FREE + 16, TABLES_DS);
}

static void test_a_single_step_ends_behind_vmcall(void)
{
	EXPECT_EQUAL(enter(TABLES_CS, TABLES_DS, (uintptr_t)mode_vmcall, STACK, RFLAGS_TF | 2),
		     VECTOR_DB);
	EXPECT_EQUAL(seen.rip, (uintptr_t)mode_ud);
	EXPECT_EQUAL(seen.rax, 0);
}

static void test_code_in_a_hidden_page_is_gp(void)
{
	EXPECT_EQUAL(enter(TABLES_CS, TABLES_DS, MAP_HYP, STACK, 2), VECTOR_GP);
	EXPECT_EQUAL(seen.rip, MAP_HYP);
	EXPECT_EQUAL(seen.error, 0);
}

static void test_an_exception_with_its_stack_in_a_hidden_page_is_df(void)
{
	EXPECT_EQUAL(enter(TABLES_CS, TABLES_DS, (uintptr_t)mode_ud, MAP_HYP + 4096, 2),
		     VECTOR_DF);
	EXPECT_EQUAL(seen.rip, (uintptr_t)mode_ud);
	EXPECT_EQUAL(seen.error, 0);
}

const struct expect_test mode_tests[] = {
	TEST(test_a_single_step_ends_behind_vmcall),
	TEST(test_code_in_a_hidden_page_is_gp),
	TEST(test_an_exception_with_its_stack_in_a_hidden_page_is_df),
	TEST(test_vmcall_at_cpl_3_is_ud),
	TEST(test_vmcall_in_compatibility_mode_is_ud),
	{0},
};
