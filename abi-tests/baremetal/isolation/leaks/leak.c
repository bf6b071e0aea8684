/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Which leak the commands name: a text that ends with a zero byte. */
#include "leak.h"

bool leak_is(const char *name)
{
	const char *chosen = (const char *)MAP_COMMANDS;

	while (*name && *name == *chosen) {
		name++;
		chosen++;
	}
	return !*name && !*chosen;
}
