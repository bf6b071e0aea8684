/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What has been looked at and what was found, by channel; what a marker is. */
#include "../../../baremetal/common/console.h"
#include "look.h"

static const char *const name[NR_CHANNELS] = {
	[EXIT_WORDS] = "exit words",
	[POSTED_ITEMS] = "posted items",
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

static uint64_t looked[LOOKING_CPUS][NR_CHANNELS], findings;

/* Not a constant, which the compiler would put together to a marker's half. */
static volatile uint32_t complement = 0xffff - MARKER_TAG;

/* Lines of what was found; after these it is only counted. */
#define MAX_LINES 16

static uint64_t *count_of(enum channel channel)
{
	return &looked[host_this_cpu()->number][channel];
}

static const char *whose(unsigned int cpu)
{
	return cpu ? "CPU 1's " : "";
}

void looked_at(enum channel channel, uint64_t values)
{
	*count_of(channel) += values;
}

void found(enum channel channel, const char *what, uint64_t where, uint64_t value)
{
	if (__atomic_fetch_add(&findings, 1, __ATOMIC_RELAXED) >= MAX_LINES)
		return;
	host_console_take();
	console_text("found: ");
	console_text(whose(host_this_cpu()->number));
	console_text(name[channel]);
	console_text(": ");
	console_text(what);
	console_text(" ");
	console_hex(where);
	console_text(": ");
	console_hex(value);
	console_text("\n");
	host_console_give();
}

bool found_any(void)
{
	return __atomic_load_n(&findings, __ATOMIC_RELAXED);
}

static void print_channels_of(unsigned int cpu)
{
	for (unsigned int i = 0; i < NR_CHANNELS; i++) {
		console_text(whose(cpu));
		console_text(name[i]);
		console_text(": ");
		console_decimal(looked[cpu][i]);
		console_text(" looked at\n");
	}
}

void print_channels(void)
{
	host_console_take();
	for (unsigned int cpu = 0; cpu < host_boot_info->nr_cpus && cpu < LOOKING_CPUS; cpu++)
		print_channels_of(cpu);
	console_text("found: ");
	console_decimal(findings);
	console_text("\n");
	host_console_give();
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
	*count_of(channel) += 1;
	if (is_marker(value) || is_half((uint32_t)value) || is_half((uint32_t)(value >> 32)))
		found(channel, what, where, value);
}

void expect_same(enum channel channel, const char *what, uint64_t where, uint64_t value,
		 uint64_t expected)
{
	*count_of(channel) += 1;
	if (value != expected)
		found(channel, what, where, value);
}
