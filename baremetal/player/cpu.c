/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The program is one thread that sits on one CPU at a time: where it is, and how it
 * moves. What libc and compiled code expect of a CPU is set on each.
 */
#include "../common/x86.h"
#include "../host/host.h"
#include "player.h"

#define IA32_STAR    0xc0000081u
#define IA32_LSTAR   0xc0000082u
#define IA32_FMASK   0xc0000084u
#define IA32_FS_BASE 0xc0000100u

/* SYSCALL loads CS and SS from STAR [47:32]; the flags of FMASK become 0. */
#define STAR  ((uint64_t)TABLES_CS << 32)
#define FMASK 0x300u            /* TF, IF */

#define CPUID_VERSION   1u
#define CPUID_XSAVE     0xdu
#define CPUID_ECX_XSAVE (1u << 26)
#define CR4_OSXSAVE     (1u << 18)

#define SEAT_STACK 4096u

static struct player_seat seats[MAP_MAX_CPUS];
static _Alignas(16) uint8_t seat_stack[MAP_MAX_CPUS][SEAT_STACK];
static uint64_t fs_base;

/* As a kernel does that has an XSAVE area for all of it: every component is on. */
static void enable_extended_state(void)
{
	uint32_t eax = CPUID_VERSION, ebx, ecx = 0, edx;

	__asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
	if (!(ecx & CPUID_ECX_XSAVE))
		return;
	x86_write_cr4(x86_read_cr4() | CR4_OSXSAVE);
	eax = CPUID_XSAVE;
	ecx = 0;
	__asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
	__asm__ volatile("xsetbv" : : "a"(eax), "d"(edx), "c"(0));
}

void player_cpu_init(void)
{
	const unsigned int cpu = host_this_cpu()->number;

	seats[cpu].own = (uintptr_t)seat_stack[cpu] + SEAT_STACK;
	if (!host_wrmsr(IA32_STAR, STAR) ||
	    !host_wrmsr(IA32_LSTAR, (uintptr_t)player_syscall_entry) ||
	    !host_wrmsr(IA32_FMASK, FMASK))
		host_stop(false);
	enable_extended_state();
}

void player_set_fs(uint64_t base)
{
	fs_base = base;
	if (!host_wrmsr(IA32_FS_BASE, base))
		host_stop(false);
}

_Noreturn void player_sleep(void)
{
	player_wait(&seats[host_this_cpu()->number]);
}

bool player_move_to(unsigned int cpu)
{
	struct host_cpu *self = host_this_cpu();

	if (cpu >= host_boot_info->nr_cpus)
		return false;
	if (cpu == self->number)
		return true;
	player_move(&seats[cpu], &seats[self->number]);
	player_set_fs(fs_base);
	return true;
}
