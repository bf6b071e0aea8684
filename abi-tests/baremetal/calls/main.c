/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A host's program that looks at what it has, and at what it has not. */
#include "harness.h"

bool host_main(unsigned int cpu)
{
	if (cpu == 1)
		smp_follow();
	if (cpu)
		return true;
	expect_run(machine_tests);
	expect_run(call_tests);
	expect_run(mode_tests);
	expect_run(vm_tests);
	expect_run(kernel_tests);
	expect_run(xsave_tests);
	expect_run(apic_tests);
	expect_run(event_tests);
	expect_run(smp_tests);
	expect_run(end_tests);
	return true;
}
