/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Tables on the console: a text at the left, numbers in columns of ten. */
#include "../../baremetal/common/console.h"
#include "../../baremetal/host/host.h"
#include "count.h"

#define WIDTH 48u

static unsigned int print_text(const char *text)
{
	unsigned int length = 0;

	console_text(text);
	while (text[length])
		length++;
	return length;
}

static void print_number(uint64_t number)
{
	unsigned int digits = 1;

	if (number == PRINT_NOTHING) {
		console_text("         -");
		return;
	}
	for (uint64_t rest = number; rest >= 10; rest /= 10)
		digits++;
	for (; digits < 10; digits++)
		console_text(" ");
	console_decimal(number);
}

void print_head(const char *first, const char *columns)
{
	for (unsigned int at = print_text(first); at < WIDTH; at++)
		console_text(" ");
	host_print(columns, "", "");
}

void print_row(const char *first, const char *second, const uint64_t *numbers, unsigned int n)
{
	unsigned int at = print_text(first) + print_text(second);

	for (; at < WIDTH; at++)
		console_text(" ");
	for (unsigned int i = 0; i < n; i++)
		print_number(numbers[i]);
	console_text("\n");
}
