/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* An image's console: port 0xE9, a character a byte. */
#ifndef PKVM_BAREMETAL_CONSOLE_H
#define PKVM_BAREMETAL_CONSOLE_H

#include <stdint.h>

void console_text(const char *text);
void console_hex(uint64_t value);
void console_decimal(uint64_t value);

#endif
