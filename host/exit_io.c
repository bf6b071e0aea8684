/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Port I/O of both kinds of VM. */
#include "exit.h"
#include "registers.h"
#include "x86_ops.h"

/* SDM "Exit Qualification for I/O Instructions" */
#define QUALIFICATION_SIZE   PKVM_BITS(2, 0)
#define QUALIFICATION_IN     PKVM_BIT(3)
#define QUALIFICATION_STRING PKVM_BIT(4)
#define PORT_SHIFT 16

static uint64_t low_bytes(uint64_t value, uint32_t size)
{
	return size < 8 ? value & (PKVM_BIT(8 * size) - 1) : value;
}

void pkvm_host_port_out(struct pkvm_host_loop *loop, uint16_t port, uint32_t size,
			uint64_t value)
{
	if (loop->devices->out)
		loop->devices->out(loop->devices->opaque, port, size,
				   (uint32_t)low_bytes(value, size));
}

uint64_t pkvm_host_port_in(struct pkvm_host_loop *loop, uint16_t port, uint32_t size)
{
	uint64_t value = ~(uint64_t)0;

	if (loop->devices->in)
		value = loop->devices->in(loop->devices->opaque, port, size);
	return low_bytes(value, size);
}

/* IN of four bytes zero-extends, IN of fewer keeps the rest of RAX. */
enum pkvm_host_stop pkvm_host_handle_io(struct pkvm_host_loop *loop)
{
	const uint64_t qualification = loop->exit.word1;
	const uint32_t size = (uint32_t)(qualification & QUALIFICATION_SIZE) + 1;
	const uint16_t port = (uint16_t)(qualification >> PORT_SHIFT);
	uint64_t *rax = &loop->vcpu->page->regs.gpr[PKVM_HOST_RAX];

	if (qualification & QUALIFICATION_STRING)
		return qualification & QUALIFICATION_IN ? PKVM_HOST_STOP_UNHANDLED
							: pkvm_host_handle_outs(loop);
	if (!(qualification & QUALIFICATION_IN))
		pkvm_host_port_out(loop, port, size, *rax);
	else if (size == 4)
		*rax = pkvm_host_port_in(loop, port, size);
	else
		*rax = (*rax & ~(PKVM_BIT(8 * size) - 1)) | pkvm_host_port_in(loop, port, size);
	pkvm_host_skip_emulated_instruction(loop->vcpu, loop->vcpu->instruction_length);
	return PKVM_HOST_GO;
}
