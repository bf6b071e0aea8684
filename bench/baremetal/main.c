/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What calls cost in VMX root operation: instructions, since the emulator's
 * time-stamp counter counts those. Tables judge what they show.
 */
#include "sweep.h"

/* Every feature is in force; false: init costs what it must not. */
static bool start(void)
{
	const struct pkvm_query query = {1, 0, ~UINT64_C(0)};
	struct pkvm_answer answer;
	bool fine;

	EXPECT_EQUAL(pkvm_hc_abi_query(&query, &answer).error, 0);
	host_print("numbers that the host chooses, and what the call costs:", "", "");
	print_head("call, what the number is", "    number      cost");
	fine = sweep_boot();
	EXPECT_EQUAL(pkvm_hc_check_processor_compatibility().error, 0);
	EXPECT_EQUAL(pkvm_hc_enable_virtualization_cpu().error, 0);
	EXPECT_EQUAL(pkvm_hc_init_finalize().error, 0);
	return fine;
}

/* The last call: the host leaves VMX operation's protection, and calls no more. */
static void end(void)
{
	EXPECT_EQUAL(pkvm_hc_reprivilege_cpu().error, 0);
}

bool host_main(unsigned int cpu)
{
	bool fine;

	if (cpu)
		return true;
	count_floor();
	fine = start();
	work();
	count_pause(true);
	fine &= sweep();
	exits();
	count_pause(false);
	end();
	return table_print() && fine;
}
