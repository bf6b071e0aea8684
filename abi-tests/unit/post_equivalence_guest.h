/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What test_post_equivalence.c drives, and its guest: random operations in real-address
 * mode, for ever. One test program includes it once.
 */
#ifndef PKVM_TEST_POST_EQUIVALENCE_GUEST_H
#define PKVM_TEST_POST_EQUIVALENCE_GUEST_H

#include "host_machine_fixture.h"
#include "host/irqchip.h"

#define OPS 100u
#define RCX 1u
#define RAX 0u

struct driver {
	struct world w;
	struct pkvm_host_irqchip chip;
	struct pkvm_host_lapic apic;
	struct pkvm_host_devices devices;
	uint64_t random;
	uint64_t digest;
	uint64_t calls;
};

static uint64_t next(struct driver *d)
{
	uint64_t z = d->random += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

/* In the single step: a fault of the instruction's own would never end. */
static void emit_stepped(struct world *w)
{
	emit(w, "pushf", 0, 0, 0);
	emit(w, "pop", 1, RAX, 0);
	emit(w, "or_imm", 2, RAX, 0x100);
	emit(w, "push", 1, RAX, 0);
	emit(w, "popf", 0, 0, 0);
	emit(w, "in8", 1, 0xfd, 0);
	emit(w, "pushf", 0, 0, 0);
	emit(w, "pop", 1, RAX, 0);
	emit(w, "and_imm", 2, RAX, 0xfeff);
	emit(w, "push", 1, RAX, 0);
	emit(w, "popf", 0, 0, 0);
}

static void emit_msr(struct world *w, const char *name, uint64_t index)
{
	emit(w, "mov_imm", 2, RCX, index);
	emit(w, name, 0, 0, 0);
}

static void emit_random(struct driver *d)
{
	struct world *w = &d->w;

	switch (next(d) % 14) {
	case 0: case 1:
		emit(w, "sti", 0, 0, 0);
		break;
	case 2:
		emit(w, "cli", 0, 0, 0);
		break;
	case 3: case 4:
		emit(w, "out8", 1, 0xf8, 0);
		break;
	case 5:
		emit(w, "in8", 1, 0xfd, 0);
		break;
	case 6:
		emit_msr(w, "rdmsr", 0x6e0);
		break;
	case 7:
		emit_msr(w, "wrmsr", 0x6e0);
		break;
	case 8:
		emit_msr(w, next(d) % 2 ? "rdmsr" : "wrmsr", 0x10);
		break;
	case 9:
		emit(w, "sti", 0, 0, 0);
		emit(w, "hlt", 0, 0, 0);
		break;
	case 10:
		emit(w, "mov_imm", 2, RAX, 0);
		emit(w, "mov_to_seg", 2, 2, RAX);
		break;
	case 11:
		emit(w, "int", 1, 0x40, 0);
		break;
	case 12:
		emit_stepped(w);
		break;
	default:
		emit(w, "cpuid", 0, 0, 0);
	}
}

/* Random operations for ever; every vector's handler ends the interrupt. */
static void write_guest(struct driver *d)
{
	struct world *w = &d->w;
	const uint16_t entry[2] = {HANDLER, 0};

	for (uint64_t vector = 0; vector < 256; vector++)
		assert_int_equal(pkvm_host_memory_write(&w->vm, vector * 4, entry, 4), 0);
	emit(w, "push", 1, RCX, 0);
	if (d->w.vcpu.lapic)
		emit_msr(w, "wrmsr", 0x80b);
	emit(w, "pop", 1, RCX, 0);
	emit(w, "iret", 0, 0, 0);
	load_code(w, HANDLER);
	emit(w, "mov_imm", 2, RAX, 0);
	emit(w, "mov_imm", 2, 2, 0);
	pkvm_asm_label(&w->assembler, 0);
	for (unsigned int i = 0; i < OPS; i++)
		emit_random(d);
	emit(w, "jmp", 1, 0, 0);
	load_code(w, CODE);
}

#endif
