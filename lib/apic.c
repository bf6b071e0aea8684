/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The host's calls about the virtual local APIC. */
#include "apic.h"
#include "apic/access.h"
#include "apic/page.h"
#include "apic/posted.h"
#include "call.h"
#include "summary.h"
#include "vmcs/access.h"
#include "vmcs/allowed.h"

/* Vectors below this are exceptions. */

/* IA32_APIC_BASE: 7:0 and 9 are reserved, x2APIC mode needs the APIC enabled. */
#define APIC_BASE_EXTD     PKVM_BIT(10)
#define APIC_BASE_ENABLE   PKVM_BIT(11)
#define APIC_BASE_RESERVED (PKVM_BITS(7, 0) | PKVM_BIT(9))

/* x2APIC MSRs that APICv lets a guest reach without an exit. */
#define X2APIC_TPR      0x808u
#define X2APIC_PPR      0x80au
#define X2APIC_EOI      0x80bu
#define X2APIC_ISR      0x810u /* the first of 8 */
#define X2APIC_IRR      0x820u /* the first of 8 */
#define X2APIC_SELF_IPI 0x83fu

#define BITMAP_LOW_WRITES 2048u /* SDM "MSR-Bitmap Address" */

#define APICV_CONTROLS                                                        \
	(PKVM_VMX_CPU2_APIC_REGISTER_VIRT | PKVM_VMX_CPU2_VIRTUAL_INTERRUPTS | \
	 PKVM_VMX_CPU2_VIRTUALIZE_X2APIC_MODE)

/* Secondary controls for the APIC, all of which need the TPR shadow. */
static bool processor_has(uint32_t controls)
{
	return (pkvm_vmx_cpu2_allowed() & controls) == controls && pkvm_vmx_has_tpr_shadow();
}

/* In x2APIC mode, which a pVM never leaves. */
static bool is_x2apic(const struct pkvm_vcpu *vcpu)
{
	return pkvm_vcpu_is_protected(vcpu) || (vcpu->msr.apic_base & APIC_BASE_EXTD);
}

static void intercept(struct pkvm_vcpu *vcpu, uint32_t msr, uint32_t base, bool on)
{
	struct pkvm_vcpu_area *area = pkvm_plat_private(vcpu->area);
	uint8_t *byte = &area->msr_bitmap[base + msr / 8];
	const uint8_t bit = (uint8_t)(1u << msr % 8);

	*byte = on ? *byte | bit : *byte & (uint8_t)~bit;
}

/*
 * IRR and ISR are the host's again, which knows an npVM's from the page. A pVM's
 * requests wait until APICv is active again; what is in service is over here, for its
 * EOI goes to the host.
 */
static void end_apicv(struct pkvm_vcpu *vcpu)
{
	vcpu->apicv_active = 0;
	pkvm_apic_clear(vcpu, PKVM_APIC_ISR);
	if (!pkvm_vcpu_is_protected(vcpu))
		pkvm_apic_clear(vcpu, PKVM_APIC_IRR);
	pkvm_vmwrite(PKVM_VMCS_GUEST_INTR_STATUS, 0);
	pkvm_apic_show(vcpu);
}

static void intercept_x2apic(struct pkvm_vcpu *vcpu, bool on)
{
	intercept(vcpu, X2APIC_TPR, 0, on);
	intercept(vcpu, X2APIC_PPR, 0, on);
	for (uint32_t i = 0; i < 8; i++) {
		intercept(vcpu, X2APIC_ISR + i, 0, on);
		intercept(vcpu, X2APIC_IRR + i, 0, on);
	}
	intercept(vcpu, X2APIC_TPR, BITMAP_LOW_WRITES, on);
	intercept(vcpu, X2APIC_EOI, BITMAP_LOW_WRITES, on);
	intercept(vcpu, X2APIC_SELF_IPI, BITMAP_LOW_WRITES, on);
}

/*
 * In xAPIC mode APICv would read and write registers of the virtual-APIC page that
 * the host has, where neither finds what the other wrote: it is off.
 */
void pkvm_apic_write_mode(struct pkvm_vcpu *vcpu)
{
	if (vcpu->apicv_active && !is_x2apic(vcpu))
		end_apicv(vcpu);
	if (processor_has(APICV_CONTROLS))
		pkvm_vmwrite_bits(PKVM_VMCS_SECONDARY_VM_EXEC_CONTROL, APICV_CONTROLS,
				  vcpu->apicv_active);
	pkvm_apic_access_write_mode(vcpu);
	intercept_x2apic(vcpu, !vcpu->apicv_active);
}

/* Changes TPR_THRESHOLD; with APICv active the processor judges TPR itself. */
int64_t pkvm_hyp_update_cr8_intercept(struct pkvm_call *call,
				      const struct pkvm_cr8_intercept *in)
{
	const bool below = in->irr != PKVM_NONE && in->irr <= in->tpr;

	if (!call->vcpu->apicv_active && pkvm_vmx_has_tpr_shadow())
		pkvm_vmwrite(PKVM_VMCS_TPR_THRESHOLD, below ? in->irr : 0);
	return 0;
}

/*
 * Changes vcpu->msr.apic_base, by it the secondary controls and CPUID, and outside of
 * x2APIC mode vcpu->apicv_active; in xAPIC mode the next run maps the APIC-access page.
 */
int64_t pkvm_hyp_set_virtual_apic_mode(struct pkvm_call *call, const struct pkvm_value *in)
{
	const uint64_t beyond = ~(uint64_t)0 << pkvm_vmcs_caps()->maxphyaddr;
	const uint64_t mode = in->value & (APIC_BASE_EXTD | APIC_BASE_ENABLE);

	if ((in->value & (APIC_BASE_RESERVED | beyond)) || mode == APIC_BASE_EXTD)
		return pkvm_refuse(call, PKVM_WORD_NUMBER(value, value), PKVM_EINVAL);
	call->vcpu->msr.apic_base = in->value;
	pkvm_apic_write_mode(call->vcpu);
	pkvm_summary_publish(call->vcpu);
	return 0;
}

/*
 * Changes vcpu->apicv_active, the secondary controls and the MSR bitmap; switched off,
 * IRR, ISR and the guest interrupt status too.
 */
int64_t pkvm_hyp_refresh_apicv_exec_ctrl(struct pkvm_call *call, const struct pkvm_flag *in)
{
	struct pkvm_vcpu *vcpu = call->vcpu;

	if (!pkvm_vm_has_lapic(call->vm))
		return pkvm_refuse(call, 0, PKVM_EINVAL);
	if (!processor_has(APICV_CONTROLS) || (in->value && !is_x2apic(vcpu)))
		return pkvm_refuse(call, 0, PKVM_EOPNOTSUPP);
	if (vcpu->apicv_active && !in->value)
		end_apicv(vcpu);
	vcpu->apicv_active = (uint32_t)in->value;
	if (vcpu->apicv_active)
		pkvm_vmwrite(PKVM_VMCS_TPR_THRESHOLD, 0);
	pkvm_apic_write_mode(vcpu);
	pkvm_summary_publish(vcpu);
	return 0;
}

/* Changes vcpu->eoi_exitmap, and EOI_EXIT_BITMAP0 to 3 where they exist. */
int64_t pkvm_hyp_load_eoi_exitmap(struct pkvm_call *call, const struct pkvm_words4 *in)
{
	struct pkvm_vcpu *vcpu = call->vcpu;

	vcpu->eoi_exitmap[0] = in->word0;
	vcpu->eoi_exitmap[1] = in->word1;
	vcpu->eoi_exitmap[2] = in->word2;
	vcpu->eoi_exitmap[3] = in->word3;
	if (!processor_has(PKVM_VMX_CPU2_VIRTUAL_INTERRUPTS))
		return 0;
	pkvm_vmwrite(PKVM_VMCS_EOI_EXIT_BITMAP0, in->word0);
	pkvm_vmwrite(PKVM_VMCS_EOI_EXIT_BITMAP1, in->word1);
	pkvm_vmwrite(PKVM_VMCS_EOI_EXIT_BITMAP2, in->word2);
	pkvm_vmwrite(PKVM_VMCS_EOI_EXIT_BITMAP3, in->word3);
	return 0;
}

/* Changes SVI and the ISR of the virtual-APIC page. */
int64_t pkvm_hyp_hwapic_isr_update(struct pkvm_call *call,
				   const struct pkvm_optional_vector *in)
{
	struct pkvm_vcpu *vcpu = call->vcpu;
	const uint64_t svi = in->vector == PKVM_NONE ? 0 : in->vector;
	uint64_t status;

	if (pkvm_vcpu_is_protected(vcpu) && in->vector < PKVM_FIRST_INTERRUPT)
		return pkvm_refuse(call, PKVM_WORD_NUMBER(optional_vector, vector), PKVM_EPERM);
	if (!vcpu->apicv_active)
		return pkvm_refuse(call, 0, PKVM_EOPNOTSUPP);
	status = pkvm_vmread(PKVM_VMCS_GUEST_INTR_STATUS);
	pkvm_vmwrite(PKVM_VMCS_GUEST_INTR_STATUS, (status & ~PKVM_APIC_SVI) | svi << 8);
	pkvm_apic_write_isr(vcpu, in->vector);
	pkvm_apic_show(vcpu);
	return 0;
}

/* Moves the page's posting bitmap into the virtual IRR; the entry sets RVI. */
int64_t pkvm_hyp_sync_pir_to_irr(struct pkvm_call *call, struct pkvm_optional_vector *out)
{
	if (!call->vcpu->apicv_active)
		return pkvm_refuse(call, 0, PKVM_EOPNOTSUPP);
	if (pkvm_apic_take_posted(call->vcpu))
		pkvm_apic_show(call->vcpu);
	out->vector = pkvm_apic_pending_vector(call->vcpu);
	pkvm_summary_publish(call->vcpu);
	return 0;
}

/*
 * Reads the highest pending vector, and compares its class with that of PPR, which
 * the page has only as of the last entry.
 */
int64_t pkvm_hyp_protected_apic_has_interrupt(struct pkvm_call *call, struct pkvm_flag *out)
{
	const struct pkvm_vcpu *vcpu = call->vcpu;
	uint64_t vector;

	if (!vcpu->apicv_active || !pkvm_vcpu_is_protected(vcpu))
		return pkvm_refuse(call, 0, PKVM_EOPNOTSUPP);
	vector = pkvm_apic_pending_vector(vcpu);
	out->value = vector != PKVM_NONE && vector >> 4 > pkvm_apic_ppr(vcpu) >> 4;
	return 0;
}
