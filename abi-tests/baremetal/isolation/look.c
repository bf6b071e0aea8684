/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What has been looked at and what was found, by channel; what a marker is. */
#include "../../../baremetal/common/console.h"
#include "look.h"

static const char *const name[NR_CHANNELS] = {
	[EXIT_WORDS] = "exit words",
	[CALL_ANSWERS] = "answers of other calls",
	[GENERAL_REGISTERS] = "general registers",
	[CONTROL_REGISTERS] = "control registers",
	[DEBUG_REGISTERS] = "debug registers",
	[FPU_CONTROL] = "FPU control",
	[X87_REGISTERS] = "x87 registers",
	[XMM_REGISTERS] = "XMM registers",
	[YMM_REGISTERS] = "YMM registers",
	[ZMM_REGISTERS] = "ZMM registers",
	[MSRS] = "MSRs",
	[SHARED_PAGE] = "shared page",
	[TRACE_PAGE] = "trace page",
	[HOST_MEMORY] = "host memory",
	[DONATED_PAGES] = "donated pages",
	[HYPERVISOR_PAGES] = "hypervisor's pages",
	[RECLAIMED_PAGES] = "reclaimed pages",
};

static uint64_t looked[NR_CHANNELS], findings;

/* Not a constant, which the compiler would put together to a marker's half. */
static volatile uint32_t complement = 0xffff - MARKER_TAG;

/* Lines of what was found; after these it is only counted. */
#define MAX_LINES 16

void looked_at(enum channel channel, uint64_t values)
{
	looked[channel] += values;
}

void found(enum channel channel, const char *what, uint64_t where, uint64_t value)
{
	if (findings++ >= MAX_LINES)
		return;
	console_text("found: ");
	console_text(name[channel]);
	console_text(": ");
	console_text(what);
	console_text(" ");
	console_hex(where);
	console_text(": ");
	console_hex(value);
	console_text("\n");
}

bool found_any(void)
{
	return findings;
}

void print_channels(void)
{
	for (unsigned int i = 0; i < NR_CHANNELS; i++) {
		console_text(name[i]);
		console_text(": ");
		console_decimal(looked[i]);
		console_text(" looked at\n");
	}
	console_text("found: ");
	console_decimal(findings);
	console_text("\n");
}

bool is_half(uint32_t value)
{
	return (value >> 16) + complement == 0xffff;
}

bool is_marker(uint64_t value)
{
	if (is_half((uint32_t)(value >> 32)))
		return (uint32_t)(value >> 32) + (uint32_t)value == 0xffffffff;
	return (value >> 32) + complement == 0xffff &&
	       (value >> 16 & 0xffff) + (value & 0xffff) == 0xffff;
}

void expect_no_marker(enum channel channel, const char *what, uint64_t where, uint64_t value)
{
	looked[channel]++;
	if (is_marker(value) || is_half((uint32_t)value) || is_half((uint32_t)(value >> 32)))
		found(channel, what, where, value);
}

void expect_same(enum channel channel, const char *what, uint64_t where, uint64_t value,
		 uint64_t expected)
{
	looked[channel]++;
	if (value != expected)
		found(channel, what, where, value);
}
