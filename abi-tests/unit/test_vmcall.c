/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The VMCALL transports of host and guest, register by register.
 *
 * Whether VMCALL faults here depends on what runs this process, so that the
 * test puts UD2 and NOP in its place and plays the hypervisor in SIGILL.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>
#include <cmocka.h>
#include "../../host/vmcall.c"
#include "../../guest/vmcall.c"

/* RAX, then words 1 to 10, in the convention's order. */
static const int order[11] = { REG_RAX, REG_RBX, REG_RCX, REG_RDX, REG_RSI, REG_RDI,
			       REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12 };

static greg_t seen[11];
static volatile int calls;

static void play_hypervisor(int signal, siginfo_t *info, void *context)
{
	ucontext_t *machine = context;
	greg_t *regs = machine->uc_mcontext.gregs;
	int i;

	(void)signal;
	(void)info;
	for (i = 0; i < 11; i++) {
		seen[i] = regs[order[i]];
		regs[order[i]] = 0x5000 + i;
	}
	regs[REG_RIP] += 3;
	calls++;
}

/* Replaces the first VMCALL in the page of bytes from @code on. */
static void replace_vmcall(unsigned char *code)
{
	static const unsigned char vmcall[3] = { 0x0f, 0x01, 0xc1 };
	static const unsigned char ud2_nop[3] = { 0x0f, 0x0b, 0x90 };
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	const uintptr_t first = (uintptr_t)code & ~(page - 1);
	const uintptr_t end = (uintptr_t)code + page;
	uintptr_t i;

	assert_int_equal(mprotect((void *)first, end - first, PROT_READ | PROT_WRITE | PROT_EXEC),
			 0);
	for (i = 0; i < page; i++) {
		if (memcmp(code + i, vmcall, 3) == 0) {
			memcpy(code + i, ud2_nop, 3);
			return;
		}
	}
	fail_msg("no VMCALL found");
}

static void check_transport(void (*transport)(struct pkvm_regs *regs))
{
	struct pkvm_regs regs;
	struct sigaction action, before;
	unsigned char *code;
	int i;

	memset(&action, 0, sizeof(action));
	action.sa_sigaction = play_hypervisor;
	action.sa_flags = SA_SIGINFO;
	memcpy(&code, &transport, sizeof(code));
	replace_vmcall(code);
	regs.rax = 0x1000;
	for (i = 0; i < 10; i++)
		regs.word[i] = (uint64_t)0x1001 + (uint64_t)i;
	calls = 0;
	assert_int_equal(sigaction(SIGILL, &action, &before), 0);
	transport(&regs);
	assert_int_equal(sigaction(SIGILL, &before, NULL), 0);
	assert_int_equal(calls, 1);
	for (i = 0; i < 11; i++)
		assert_int_equal(seen[i], 0x1000 + i);
	assert_int_equal(regs.rax, 0x5000);
	for (i = 0; i < 10; i++)
		assert_int_equal(regs.word[i], 0x5001 + i);
}

static void test_host_vmcall_carries_rax_and_ten_words_both_ways(void **state)
{
	(void)state;
	check_transport(pkvm_host_transport);
}

static void test_guest_vmcall_carries_rax_and_ten_words_both_ways(void **state)
{
	(void)state;
	check_transport(pkvm_guest_transport);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_host_vmcall_carries_rax_and_ten_words_both_ways),
		cmocka_unit_test(test_guest_vmcall_carries_rax_and_ten_words_both_ways),
	};

	return cmocka_run_group_tests_name("vmcall", tests, NULL, NULL);
}
