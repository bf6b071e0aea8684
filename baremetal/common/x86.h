/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Instructions that C has no words for. */
#ifndef PKVM_BAREMETAL_X86_H
#define PKVM_BAREMETAL_X86_H

#include <stdbool.h>
#include <stdint.h>

#define X86_VECTOR_NMI 2
#define X86_VECTOR_UD  6
#define X86_VECTOR_DF  8
#define X86_VECTOR_GP  13
#define X86_VECTOR_MC  18
#define X86_FIRST_INTERRUPT 32

/* What LGDT and LIDT read. */
struct x86_table_register {
	uint16_t limit;
	uint16_t base[4];
};

static inline struct x86_table_register x86_table(const void *table, uint64_t size)
{
	const uint64_t base = (uintptr_t)table;

	return (struct x86_table_register){
		(uint16_t)(size - 1),
		{(uint16_t)base, (uint16_t)(base >> 16), (uint16_t)(base >> 32),
		 (uint16_t)(base >> 48)}};
}

static inline void x86_out8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline void x86_pause(void)
{
	__asm__ volatile("pause");
}

static inline uint64_t x86_rdtsc(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

static inline uint64_t x86_read_cr4(void)
{
	uint64_t value;

	__asm__ volatile("movq %%cr4, %0" : "=r"(value));
	return value;
}

static inline void x86_write_cr4(uint64_t value)
{
	__asm__ volatile("movq %0, %%cr4" : : "r"(value) : "memory");
}

static inline uint64_t x86_read_cr0(void)
{
	uint64_t value;

	__asm__ volatile("movq %%cr0, %0" : "=r"(value));
	return value;
}

static inline uint64_t x86_read_cr2(void)
{
	uint64_t value;

	__asm__ volatile("movq %%cr2, %0" : "=r"(value));
	return value;
}

static inline void x86_write_cr3(uint64_t value)
{
	__asm__ volatile("movq %0, %%cr3" : : "r"(value) : "memory");
}

static inline uint64_t x86_read_cr3(void)
{
	uint64_t value;

	__asm__ volatile("movq %%cr3, %0" : "=r"(value));
	return value;
}

#endif
