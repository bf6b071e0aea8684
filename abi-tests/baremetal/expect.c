/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What the images' tests expect; the first that is not so ends the run. */
#include "../../baremetal/boot_info.h"
#include "../../baremetal/common/console.h"
#include "../../baremetal/common/x86.h"
#include "expect.h"

static void place(const char *file, unsigned int line, const char *what)
{
	console_text("FAILED ");
	console_text(file);
	console_text(":");
	console_decimal(line);
	console_text(": ");
	console_text(what);
}

_Noreturn void expect_failed(const char *file, unsigned int line, const char *what)
{
	place(file, line, what);
	console_text("\n");
	expect_end(false);
}

_Noreturn void expect_differ(const char *file, unsigned int line, const char *what,
			     uint64_t is, uint64_t expected)
{
	place(file, line, what);
	console_text(" is ");
	console_hex(is);
	console_text(", not ");
	console_hex(expected);
	console_text("\n");
	expect_end(false);
}

_Noreturn void expect_end(bool passed)
{
	console_text(passed ? "RESULT: PASS\n" : "RESULT: FAIL\n");
	x86_out8(BOOT_STOP_PORT, BOOT_STOP_BYTE);
	for (;;)
		__asm__ volatile("cli; hlt");
}

void expect_run(const struct expect_test *tests)
{
	for (; tests->name; tests++) {
		console_text(tests->name);
		tests->run();
		console_text(": passed\n");
	}
}
