/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The tests of the image, in their order. */
#include "../../host/platform.h"
#include "harness.h"

_Noreturn void harness_fail(const char *file, unsigned int line, const char *what)
{
	host_line(file, ": ", what);
	host_line_number("  line ", line);
	host_stop(false);
}

_Noreturn void harness_differ(const char *file, unsigned int line, const char *what,
			      uint64_t is, uint64_t expected)
{
	host_line(file, ": ", what);
	host_line_number("  is ", is);
	host_line_number("  and not ", expected);
	host_line_number("  line ", line);
	host_stop(false);
}

static void run(const struct harness_test *tests)
{
	for (const struct harness_test *test = tests; test->name; test++) {
		host_line(test->name, "", " ...");
		test->run();
		host_line(test->name, ": passed", "");
	}
}

bool host_main(unsigned int cpu)
{
	if (cpu) {
		smp_follow();
		return true;
	}
	run(machine_tests);
	run(mode_tests);
	run(call_tests);
	run(vm_tests);
	run(event_tests);
	run(smp_tests);
	return true;
}
