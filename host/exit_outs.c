/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * OUTS of an npVM. It exits before its operand is read, so that the host finds what
 * the processor would have: a page that is not present is a #PF that the host raises.
 */
#include "exception_vcpu.h"
#include "exit.h"
#include "memory.h"
#include "walk.h"
#include "x86_ops.h"

/* SDM "Exit Qualification for I/O Instructions", and VM-exit instruction information */
#define QUALIFICATION_SIZE PKVM_BITS(2, 0)
#define QUALIFICATION_REP  PKVM_BIT(5)
#define PORT_SHIFT         16
#define ADDRESS_SIZE(INFORMATION) ((INFORMATION) >> 7 & 0x7)

/* SDM "Page-Fault Error Code": a read of a page that is not present */
#define ERROR_USER 0x4u
#define CPL_USER   3
#define RFLAGS_DF  PKVM_BIT(10)

enum { RCX = 1, RSI = 6 };

static void raise_page_fault(struct pkvm_host_vcpu *vcpu, uint64_t linear)
{
	const struct pkvm_exception in = {
		.vector = PKVM_HOST_VECTOR_PF,
		.has_error_code = 1,
		.error_code = pkvm_host_get_cpl(vcpu) == CPL_USER ? ERROR_USER : 0,
		.has_payload = 1,
		.payload = linear,
	};

	pkvm_host_raise_exception(vcpu, &in);
}

/* Byte by byte: it may reach into a page that lies elsewhere. */
static enum pkvm_host_stop read_operand(struct pkvm_host_vcpu *vcpu, uint32_t size,
					uint64_t *value, bool *faulted)
{
	const uint64_t linear = vcpu->page->exit.linear_address;

	*value = 0;
	for (uint32_t i = 0; i < size; i++) {
		uint64_t gpa;
		uint8_t byte;

		*faulted = pkvm_host_translate(vcpu, linear + i, &gpa) != 0;
		if (*faulted) {
			raise_page_fault(vcpu, linear + i);
			return PKVM_HOST_GO;
		}
		if (pkvm_host_memory_read(vcpu->vm, gpa, &byte, 1))
			return PKVM_HOST_STOP_NO_MEMORY;
		*value |= (uint64_t)byte << 8 * i;
	}
	return PKVM_HOST_GO;
}

/* A register of 16 bits keeps the rest, one of 32 bits clears it. */
static void add(uint64_t *gpr, uint64_t address_size, uint64_t number)
{
	if (address_size == 0)
		*gpr = (*gpr & ~PKVM_BITS(15, 0)) | ((*gpr + number) & PKVM_BITS(15, 0));
	else
		*gpr = (*gpr + number) & (address_size == 1 ? PKVM_BITS(31, 0) : PKVM_ANY);
}

/* With a REP prefix one element an exit: the instruction is executed again. */
static void advance(struct pkvm_host_vcpu *vcpu, uint32_t size, bool repeats)
{
	const uint64_t width = ADDRESS_SIZE(vcpu->page->exit.instruction_information);
	const bool down = vcpu->page->regs.rflags & RFLAGS_DF;
	uint64_t *gpr = vcpu->page->regs.gpr;
	uint64_t left = 0;

	add(&gpr[RSI], width, down ? 0 - (uint64_t)size : size);
	if (repeats) {
		add(&gpr[RCX], width, ~(uint64_t)0);
		left = gpr[RCX] & (width ? PKVM_ANY : PKVM_BITS(15, 0));
	}
	if (!left)
		pkvm_host_skip_emulated_instruction(vcpu, vcpu->instruction_length);
}

enum pkvm_host_stop pkvm_host_handle_outs(struct pkvm_host_loop *loop)
{
	const uint64_t qualification = loop->exit.word1;
	const uint32_t size = (uint32_t)(qualification & QUALIFICATION_SIZE) + 1;
	bool faulted = false;
	uint64_t value;
	enum pkvm_host_stop stop = read_operand(loop->vcpu, size, &value, &faulted);

	if (stop != PKVM_HOST_GO || faulted)
		return stop;
	pkvm_host_port_out(loop, (uint16_t)(qualification >> PORT_SHIFT), size, value);
	advance(loop->vcpu, size, qualification & QUALIFICATION_REP);
	return PKVM_HOST_GO;
}
