/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Accesses to devices in guest-physical memory: the local APIC in xAPIC mode, the
 * I/O APIC of the kernel, and behind them the VMM's devices.
 */
#include "decode.h"
#include "exit.h"
#include "irqchip.h"
#include "memory.h"
#include "walk.h"
#include "x86_ops.h"

#define APIC_BASE_PAGE PKVM_BITS(35, 12)
#define IOAPIC_PAGE    PKVM_U64(0xfec00000)
#define OFFSET_IN_PAGE (PKVM_PAGE_SIZE - 1)
#define VECTORING_VALID PKVM_BIT(31)    /* of the IDT-vectoring information */

/* SDM "Exit Qualification for EPT Violations": a linear address, and its translation. */
#define OPERAND         PKVM_BITS(8, 7)

/* Where RESET puts the local APIC; access types of APIC-access VM exits */
#define APIC_PAGE       PKVM_U64(0xfee00000)
enum { APIC_ACCESS_READ, APIC_ACCESS_WRITE };

static bool is_lapic(const struct pkvm_host_vcpu *vcpu, uint64_t gpa)
{
	return vcpu->lapic && !pkvm_host_is_protected(vcpu) &&
	       pkvm_host_lapic_is_enabled(vcpu->lapic) &&
	       !pkvm_host_lapic_is_x2apic(vcpu->lapic) &&
	       (gpa & ~(uint64_t)OFFSET_IN_PAGE) == (vcpu->apic_base & APIC_BASE_PAGE);
}

static struct pkvm_host_ioapic *ioapic_at(const struct pkvm_host_vcpu *vcpu, uint64_t gpa)
{
	const struct pkvm_host_irqchip *chip = vcpu->vm->chip;

	return chip && (gpa & ~(uint64_t)OFFSET_IN_PAGE) == IOAPIC_PAGE ? chip->ioapic : NULL;
}

int pkvm_host_mmio_read(struct pkvm_host_loop *loop, uint64_t gpa, uint32_t size,
			uint64_t *value)
{
	const struct pkvm_host_devices *devices = loop->devices;
	const uint64_t offset = gpa & OFFSET_IN_PAGE;

	*value = 0;
	if (is_lapic(loop->vcpu, gpa))
		return pkvm_host_lapic_mmio_read(loop->vcpu->lapic, offset, size, value);
	if (ioapic_at(loop->vcpu, gpa))
		return pkvm_host_ioapic_read(ioapic_at(loop->vcpu, gpa), offset, size, value);
	if (!devices->mmio_read)
		return -PKVM_EINVAL;
	return devices->mmio_read(devices->opaque, gpa, size, value);
}

int pkvm_host_mmio_write(struct pkvm_host_loop *loop, uint64_t gpa, uint32_t size,
			 uint64_t value)
{
	const struct pkvm_host_devices *devices = loop->devices;
	const uint64_t offset = gpa & OFFSET_IN_PAGE;

	if (is_lapic(loop->vcpu, gpa))
		return pkvm_host_lapic_mmio_write(loop->vcpu->lapic, offset, size, value);
	if (ioapic_at(loop->vcpu, gpa))
		return pkvm_host_ioapic_write(ioapic_at(loop->vcpu, gpa), offset, size, value);
	if (!devices->mmio_write)
		return -PKVM_EINVAL;
	return devices->mmio_write(devices->opaque, gpa, size, value);
}

/*
 * The instruction at RIP, whose segment has a base outside 64-bit mode only: as much
 * of it as the guest's tables reach.
 */
static uint32_t fetch(struct pkvm_host_vcpu *vcpu, uint8_t byte[PKVM_HOST_INSN_MAX])
{
	uint64_t linear = vcpu->page->regs.rip;
	uint32_t n = 0;

	if (!pkvm_host_in_64bit_mode(vcpu))
		linear = (linear + pkvm_host_get_segment_base(vcpu, PKVM_SEG_CS)) &
			 PKVM_BITS(31, 0);

	for (; n < PKVM_HOST_INSN_MAX; n++) {
		uint64_t gpa;

		if (pkvm_host_translate(vcpu, linear + n, &gpa) ||
		    pkvm_host_memory_read(vcpu->vm, gpa, &byte[n], 1))
			break;
	}
	return n;
}

static enum pkvm_host_decode_mode mode_of(struct pkvm_host_vcpu *vcpu)
{
	struct pkvm_host_segment cs;

	if (pkvm_host_in_64bit_mode(vcpu))
		return PKVM_HOST_DECODE_64;
	pkvm_host_get_segment(vcpu, &cs, PKVM_SEG_CS);
	return cs.db ? PKVM_HOST_DECODE_32 : PKVM_HOST_DECODE_16;
}

static int store(struct pkvm_host_loop *loop, const struct pkvm_host_insn *insn, uint64_t gpa)
{
	const uint64_t reg = loop->vcpu->page->regs.gpr[insn->reg] >> insn->shift;
	const uint64_t value = insn->has_immediate ? insn->immediate : reg;

	return pkvm_host_mmio_write(loop, gpa, insn->size,
				    value & PKVM_BITS(insn->size * 8 - 1, 0));
}

/*
 * An access that a controller of the kernel has no answer to, of another size or in a
 * wrong place, reads as 0 or is lost: the guest may try, and goes on.
 */
static int carry_out(struct pkvm_host_loop *loop, const struct pkvm_host_insn *insn,
		     uint64_t gpa)
{
	uint64_t *gpr = loop->vcpu->page->regs.gpr;
	uint64_t value = 0;
	int error;

	if (insn->write)
		error = store(loop, insn, gpa);
	else
		error = pkvm_host_mmio_read(loop, gpa, insn->size, &value);
	if (error && (is_lapic(loop->vcpu, gpa) || ioapic_at(loop->vcpu, gpa)))
		error = 0;
	if (!error && !insn->write)
		gpr[insn->reg] = pkvm_host_insn_result(insn, gpr[insn->reg], value);
	return error;
}

static enum pkvm_host_stop emulate(struct pkvm_host_loop *loop, uint64_t gpa)
{
	struct pkvm_host_vcpu *vcpu = loop->vcpu;
	uint8_t byte[PKVM_HOST_INSN_MAX];
	struct pkvm_host_insn insn;

	if (!pkvm_host_decode(&insn, byte, fetch(vcpu, byte), mode_of(vcpu)))
		return PKVM_HOST_STOP_UNHANDLED;
	if (carry_out(loop, &insn, gpa))
		return PKVM_HOST_STOP_NO_MEMORY;
	pkvm_host_skip_emulated_instruction(vcpu, insn.length);
	return PKVM_HOST_GO;
}

/* While an event is delivered there is no instruction that could be carried out. */
static bool is_delivery(const struct pkvm_host_loop *loop)
{
	return loop->vcpu->page->exit.vectoring_information & VECTORING_VALID;
}

/* SDM "Exit Qualification for APIC-Access VM Exits": linear accesses for data alone. */
enum pkvm_host_stop pkvm_host_handle_apic_access(struct pkvm_host_loop *loop)
{
	const uint64_t type = loop->exit.word1 >> 12 & 15;

	if ((type != APIC_ACCESS_READ && type != APIC_ACCESS_WRITE) || is_delivery(loop))
		return PKVM_HOST_STOP_UNHANDLED;
	return emulate(loop, APIC_PAGE | (loop->exit.word1 & OFFSET_IN_PAGE));
}

/*
 * RAM is mapped, and the instruction executed again; what is no RAM is a device, if
 * it was the instruction's own operand and not a paging structure of the guest's.
 */
enum pkvm_host_stop pkvm_host_handle_npvm_fault(struct pkvm_host_loop *loop)
{
	const enum pkvm_host_stop stop = pkvm_host_handle_fault(loop, loop->exit.word2);

	if (stop == PKVM_HOST_STOP_NO_MEMORY && !is_delivery(loop) &&
	    (loop->exit.word1 & OPERAND) == OPERAND)
		return emulate(loop, loop->exit.word2);
	return stop;
}
