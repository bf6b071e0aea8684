/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What a hypervisor, host or guest must bring to the installed libraries: their
 * interfaces are found below the prefix, and hold without the source tree.
 */
#include <pkvm-guest/transport.h>
#include <pkvm-host/transport.h>
#include <pkvm-hyp/platform.h>
#include <pkvm-hyp/vmcs/vmcs.h>

void pkvm_host_transport(struct pkvm_regs *regs)
{
	regs->rax = 0;
}

int main(void)
{
	struct pkvm_regs regs = { .rax = 1 };

	pkvm_host_transport(&regs);
	return regs.rax == 0 && PKVM_VMCS_GUEST_RIP == 0x681e ? 0 : 1;
}
