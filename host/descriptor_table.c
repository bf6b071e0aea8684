/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* GDTR and IDTR. */
#include "result.h"
#include "x86_ops.h"

void pkvm_host_set_gdt(struct pkvm_host_vcpu *vcpu, const struct pkvm_descriptor_table *dt)
{
	if (pkvm_host_may(vcpu, PKVM_HC_set_gdt))
		pkvm_host_must(vcpu, PKVM_HC_set_gdt, PKVM_HOST_ANY, pkvm_hc_set_gdt(dt));
}

int pkvm_host_write_gdt(struct pkvm_host_vcpu *vcpu, const struct pkvm_descriptor_table *dt)
{
	if (!pkvm_host_may(vcpu, PKVM_HC_set_gdt))
		return 0;
	return pkvm_host_result(vcpu, PKVM_HC_set_gdt, PKVM_HOST_ANY, pkvm_hc_set_gdt(dt));
}

void pkvm_host_get_gdt(struct pkvm_host_vcpu *vcpu, struct pkvm_descriptor_table *dt)
{
	*dt = (struct pkvm_descriptor_table){ 0 };
	if (pkvm_host_may(vcpu, PKVM_HC_get_gdt))
		pkvm_host_must(vcpu, PKVM_HC_get_gdt, PKVM_HOST_ANY, pkvm_hc_get_gdt(dt));
}

void pkvm_host_set_idt(struct pkvm_host_vcpu *vcpu, const struct pkvm_descriptor_table *dt)
{
	if (pkvm_host_may(vcpu, PKVM_HC_set_idt))
		pkvm_host_must(vcpu, PKVM_HC_set_idt, PKVM_HOST_ANY, pkvm_hc_set_idt(dt));
}

int pkvm_host_write_idt(struct pkvm_host_vcpu *vcpu, const struct pkvm_descriptor_table *dt)
{
	if (!pkvm_host_may(vcpu, PKVM_HC_set_idt))
		return 0;
	return pkvm_host_result(vcpu, PKVM_HC_set_idt, PKVM_HOST_ANY, pkvm_hc_set_idt(dt));
}

void pkvm_host_get_idt(struct pkvm_host_vcpu *vcpu, struct pkvm_descriptor_table *dt)
{
	*dt = (struct pkvm_descriptor_table){ 0 };
	if (pkvm_host_may(vcpu, PKVM_HC_get_idt))
		pkvm_host_must(vcpu, PKVM_HC_get_idt, PKVM_HOST_ANY, pkvm_hc_get_idt(dt));
}
