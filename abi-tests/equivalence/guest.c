/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The guest: random operations in real-address mode, for ever. */
#include "../../host/memory.h"
#include "equivalence.h"

#define OPS 100u
#define RAX 0u
#define RCX 1u
#define RDX 2u

#define X2APIC_TPR 0x808u
#define X2APIC_EOI 0x80bu

static void emit(struct driver *d, const char *name, unsigned int n, uint64_t a, uint64_t b)
{
	const uint64_t operands[2] = {a, b};

	equivalence_must(pkvm_asm_op(&d->assembler, name, operands, n) == PKVM_ASM_OK, name);
}

static void begin_code(struct driver *d)
{
	pkvm_asm_begin(&d->assembler, d->code, sizeof(d->code), 16);
}

static void load_code(struct driver *d, uint64_t gpa)
{
	equivalence_must(pkvm_asm_finish(&d->assembler) == PKVM_ASM_OK, "assembling");
	equivalence_must(!pkvm_host_memory_write(&d->vm, gpa, d->code, d->assembler.used),
			 "writing the guest's code");
}

/* In the single step: a fault of the instruction's own would never end. */
static void emit_stepped(struct driver *d)
{
	emit(d, "pushf", 0, 0, 0);
	emit(d, "pop", 1, RAX, 0);
	emit(d, "or_imm", 2, RAX, 0x100);
	emit(d, "push", 1, RAX, 0);
	emit(d, "popf", 0, 0, 0);
	emit(d, "in8", 1, 0xfd, 0);
	emit(d, "pushf", 0, 0, 0);
	emit(d, "pop", 1, RAX, 0);
	emit(d, "and_imm", 2, RAX, 0xfeff);
	emit(d, "push", 1, RAX, 0);
	emit(d, "popf", 0, 0, 0);
}

static void emit_msr(struct driver *d, const char *name, uint64_t index)
{
	emit(d, "mov_imm", 2, RCX, index);
	emit(d, name, 0, 0, 0);
}

/* MSRs of the local APIC take what has no reserved bit set. */
static void emit_wrmsr(struct driver *d, uint64_t index, uint64_t value)
{
	emit(d, "mov_imm", 2, RAX, value);
	emit(d, "mov_imm", 2, RDX, 0);
	emit_msr(d, "wrmsr", index);
}

static void emit_random(struct driver *d)
{
	switch (equivalence_random(d) % 15) {
	case 0: case 1:
		emit(d, "sti", 0, 0, 0);
		break;
	case 2:
		emit(d, "cli", 0, 0, 0);
		break;
	case 3: case 4:
		emit(d, "out8", 1, 0xf8, 0);
		break;
	case 5:
		emit(d, "in8", 1, 0xfd, 0);
		break;
	case 6:
		emit_msr(d, "rdmsr", 0x6e0);
		break;
	case 7:
		emit_msr(d, "wrmsr", 0x6e0);
		break;
	case 8:
		if (d->has_clock)
			emit_msr(d, equivalence_random(d) % 2 ? "rdmsr" : "wrmsr", 0x10);
		break;
	case 9:
		emit(d, "sti", 0, 0, 0);
		emit(d, "hlt", 0, 0, 0);
		break;
	case 10:
		emit(d, "mov_imm", 2, RAX, 0);
		emit(d, "mov_to_seg", 2, 2, RAX);
		break;
	case 11:
		emit(d, "int", 1, 0x40, 0);
		break;
	case 12:
		emit_stepped(d);
		break;
	case 13:
		if (d->vcpu.lapic)
			emit_wrmsr(d, X2APIC_TPR, equivalence_random(d) % 4 * 0x50);
		break;
	default:
		emit(d, "cpuid", 0, 0, 0);
	}
}

/* Every vector's handler ends the interrupt. */
static void write_handler(struct driver *d)
{
	const uint16_t entry[2] = {EQUIVALENCE_HANDLER, 0};

	for (uint64_t vector = 0; vector < 256; vector++)
		equivalence_must(!pkvm_host_memory_write(&d->vm, vector * 4, entry, 4),
				 "writing the guest's vectors");
	begin_code(d);
	for (uint64_t reg = RAX; reg <= RDX; reg++)
		emit(d, "push", 1, reg, 0);
	if (d->vcpu.lapic)
		emit_wrmsr(d, X2APIC_EOI, 0);
	for (uint64_t reg = RDX + 1; reg; reg--)
		emit(d, "pop", 1, reg - 1, 0);
	emit(d, "iret", 0, 0, 0);
	load_code(d, EQUIVALENCE_HANDLER);
}

void equivalence_write_guest(struct driver *d)
{
	write_handler(d);
	begin_code(d);
	emit(d, "mov_imm", 2, RAX, 0);
	emit(d, "mov_imm", 2, RDX, 0);
	equivalence_must(pkvm_asm_label(&d->assembler, 0) == PKVM_ASM_OK, "assembling");
	for (unsigned int i = 0; i < OPS; i++)
		emit_random(d);
	emit(d, "jmp", 1, 0, 0);
	load_code(d, EQUIVALENCE_CODE);
}
