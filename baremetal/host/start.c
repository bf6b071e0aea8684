/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* From entry.S to the program: descriptor tables, GS, pages; and its end. */
#include "../common/console.h"
#include "../common/exception.h"
#include "../common/x86.h"
#include "host.h"

#define IA32_GS_BASE 0xc0000101u

void host_begin(const struct boot_info *info, uint32_t number);

const struct boot_info *host_boot_info;

static struct host_cpu cpus[MAP_MAX_CPUS];
static uint32_t ready;
static uint32_t console_taken;

struct host_cpu *host_this_cpu(void)
{
	struct host_cpu *cpu;

	__asm__("movq %%gs:0, %0" : "=r"(cpu));
	return cpu;
}

/* CPU 0 prepares what all of them use. */
static void prepare(const struct boot_info *info)
{
	host_boot_info = info;
	exception_init();
	host_pages_init();
	__atomic_store_n(&ready, 1, __ATOMIC_RELEASE);
}

void host_begin(const struct boot_info *info, uint32_t number)
{
	struct host_cpu *cpu = &cpus[number];
	bool passed;

	if (!number)
		prepare(info);
	while (!__atomic_load_n(&ready, __ATOMIC_ACQUIRE))
		x86_pause();
	cpu->self = cpu;
	cpu->number = number;
	tables_load(&cpu->tables);
	exception_load();
	if (!host_wrmsr(IA32_GS_BASE, (uintptr_t)cpu))
		host_stop(false);
	passed = host_main(number);
	if (!number)
		host_stop(passed);
	for (;;)
		__asm__ volatile("cli; hlt");
}

void host_console_take(void)
{
	while (__atomic_exchange_n(&console_taken, 1, __ATOMIC_ACQUIRE))
		x86_pause();
}

void host_console_give(void)
{
	__atomic_store_n(&console_taken, 0, __ATOMIC_RELEASE);
}

void host_print(const char *first, const char *second, const char *third)
{
	host_console_take();
	console_text(first);
	console_text(second);
	console_text(third);
	console_text("\n");
	host_console_give();
}

void host_print_number(const char *text, uint64_t number)
{
	host_console_take();
	console_text(text);
	console_hex(number);
	console_text("\n");
	host_console_give();
}

_Noreturn void host_stop(bool passed)
{
	host_print("RESULT: ", passed ? "PASS" : "FAIL", "");
	x86_out8(BOOT_STOP_PORT, BOOT_STOP_BYTE);
	for (;;)
		__asm__ volatile("cli; hlt");
}
