/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Between the player's watch over calls and VMCALL: events come when a guest runs. */
#include <pkvm/pkvm.h>

#include "player.h"

void __real_pkvm_host_transport(struct pkvm_regs *regs);
void player_transport(struct pkvm_regs *regs);

void player_transport(struct pkvm_regs *regs)
{
	if (regs->rax == PKVM_HC_vcpu_run)
		player_send_events();
	__real_pkvm_host_transport(regs);
}
