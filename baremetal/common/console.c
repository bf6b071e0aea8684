/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* An image's console: port 0xE9, a character a byte. */
#include "console.h"
#include "x86.h"

#define CONSOLE_PORT 0xe9

void console_text(const char *text)
{
	while (*text)
		x86_out8(CONSOLE_PORT, (uint8_t)*text++);
}

static void number(uint64_t value, uint64_t base)
{
	char digits[24];
	unsigned int at = sizeof(digits) - 1;

	digits[at] = 0;
	do
		digits[--at] = "0123456789abcdef"[value % base];
	while (value /= base);
	console_text(&digits[at]);
}

void console_hex(uint64_t value)
{
	console_text("0x");
	number(value, 16);
}

void console_decimal(uint64_t value)
{
	number(value, 10);
}
