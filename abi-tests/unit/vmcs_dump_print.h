/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Prints a VMCS as KVM 5.x, KVM 6.x and Xen print it: what the tests of the log
 * parser read back.
 */
#ifndef PKVM_TEST_VMCS_DUMP_PRINT_H
#define PKVM_TEST_VMCS_DUMP_PRINT_H

#include <inttypes.h>
#include <stdio.h>
#include "vmcs_check_state.h"

enum dialect { KVM_5, KVM_6, XEN };

struct dump_text {
	char text[16384];
	size_t used;
	const char *prefix;
};

#define P(...)                                                                            \
	(t->used += (size_t)snprintf(t->text + t->used, sizeof(t->text) - t->used, __VA_ARGS__))
#define V(NAME)       e->value[PKVM_VMCS_INDEX_##NAME]
#define X4            "%04" PRIx64
#define X5            "%05" PRIx64
#define X8            "%08" PRIx64
#define X16           "%016" PRIx64

static inline void print_segment(struct dump_text *t, enum dialect d, const char *name,
				 uint64_t selector, uint64_t ar, uint64_t limit, uint64_t base)
{
	if (d == XEN)
		P("%s  %s: " X4 " " X5 " " X8 " " X16 "\n", t->prefix, name, selector, ar, limit,
		  base);
	else
		P("%s%s: sel=0x" X4 ", attr=0x" X5 ", limit=0x" X8 ", base=0x" X16 "\n",
		  t->prefix, name, selector, ar, limit, base);
}

static inline void print_table(struct dump_text *t, enum dialect d, const char *name,
			       uint64_t limit, uint64_t base)
{
	if (d == XEN)
		P("%s%s:            " X8 " " X16 "\n", t->prefix, name, limit, base);
	else
		P("%s%s:                           limit=0x" X8 ", base=0x" X16 "\n", t->prefix,
		  name, limit, base);
}

static inline void print_segments(struct dump_text *t, enum dialect d, const struct entry *e)
{
#define SEGMENT(S)                                                                        \
	print_segment(t, d, #S, V(GUEST_##S##_SELECTOR), V(GUEST_##S##_AR_BYTES),         \
		      V(GUEST_##S##_LIMIT), V(GUEST_##S##_BASE))
	SEGMENT(CS);
	SEGMENT(DS);
	SEGMENT(SS);
	SEGMENT(ES);
	SEGMENT(FS);
	SEGMENT(GS);
	print_table(t, d, "GDTR", V(GUEST_GDTR_LIMIT), V(GUEST_GDTR_BASE));
	SEGMENT(LDTR);
	print_table(t, d, "IDTR", V(GUEST_IDTR_LIMIT), V(GUEST_IDTR_BASE));
	SEGMENT(TR);
#undef SEGMENT
}

static inline void print_guest(struct dump_text *t, enum dialect d, const struct entry *e)
{
	const char *p = t->prefix;

	P("%s*** Guest State ***\n", p);
	P("%sCR0: actual=0x" X16 ", shadow=0x" X16 ", gh_mask=" X16 "\n", p, V(GUEST_CR0),
	  V(CR0_READ_SHADOW), V(CR0_GUEST_HOST_MASK));
	P("%sCR4: actual=0x" X16 ", shadow=0x" X16 ", gh_mask=" X16 "\n", p, V(GUEST_CR4),
	  V(CR4_READ_SHADOW), V(CR4_GUEST_HOST_MASK));
	P("%sCR3 = 0x" X16 "\n", p, V(GUEST_CR3));
	P("%s%s0 = 0x" X16 "  %s1 = 0x" X16 "\n", p, d == XEN ? "PDPTE" : "PDPTR",
	  V(GUEST_PDPTR0), d == XEN ? "PDPTE" : "PDPTR", V(GUEST_PDPTR1));
	P("%s%s2 = 0x" X16 "  %s3 = 0x" X16 "\n", p, d == XEN ? "PDPTE" : "PDPTR",
	  V(GUEST_PDPTR2), d == XEN ? "PDPTE" : "PDPTR", V(GUEST_PDPTR3));
	P("%sRSP = 0x" X16 "  RIP = 0x" X16 "\n", p, V(GUEST_RSP), V(GUEST_RIP));
	P("%sRFLAGS=0x" X8 "         DR7 = 0x" X16 "\n", p, V(GUEST_RFLAGS), V(GUEST_DR7));
	P("%sSysenter RSP=" X16 " CS:RIP=" X4 ":" X16 "\n", p, V(GUEST_SYSENTER_ESP),
	  V(GUEST_SYSENTER_CS), V(GUEST_SYSENTER_EIP));
	print_segments(t, d, e);
	P("%sEFER%s 0x" X16 "%s%sPAT = 0x" X16 "\n", p, d == XEN ? "(VMCS) =" : "=",
	  V(GUEST_IA32_EFER), d == KVM_6 ? "\n" : "  ", d == KVM_6 ? p : "", V(GUEST_IA32_PAT));
	P("%sDebugCtl = 0x" X16 "  DebugExceptions = 0x" X16 "\n", p, V(GUEST_IA32_DEBUGCTL),
	  V(GUEST_PENDING_DBG_EXCEPTIONS));
	P("%sPerfGlobCtl = 0x" X16 "\n%sBndCfgS = 0x" X16 "\n", p,
	  V(GUEST_IA32_PERF_GLOBAL_CTRL), p, V(GUEST_BNDCFGS));
	P("%sInterruptibility = " X8 "  ActivityState = " X8 "\n", p,
	  V(GUEST_INTERRUPTIBILITY_INFO), V(GUEST_ACTIVITY_STATE));
	if (d == KVM_6)
		P("%sS_CET = 0x" X16 ", SSP = 0x" X16 ", SSP TABLE = 0x" X16 "\n", p,
		  V(GUEST_S_CET), V(GUEST_SSP), V(GUEST_INTR_SSP_TABLE));
}

static inline void print_host(struct dump_text *t, enum dialect d, const struct entry *e)
{
	const char *p = t->prefix;

	P("%s*** Host State ***\n", p);
	P("%sRIP = 0x" X16 "%s  RSP = 0x" X16 "\n", p, V(HOST_RIP),
	  d == XEN ? " (vmx_asm_vmexit_handler)" : "", V(HOST_RSP));
	P("%sCS=" X4 " SS=" X4 " DS=" X4 " ES=" X4 " FS=" X4 " GS=" X4 " TR=" X4 "\n", p,
	  V(HOST_CS_SELECTOR), V(HOST_SS_SELECTOR), V(HOST_DS_SELECTOR), V(HOST_ES_SELECTOR),
	  V(HOST_FS_SELECTOR), V(HOST_GS_SELECTOR), V(HOST_TR_SELECTOR));
	P("%sFSBase=" X16 " GSBase=" X16 " TRBase=" X16 "\n", p, V(HOST_FS_BASE),
	  V(HOST_GS_BASE), V(HOST_TR_BASE));
	P("%sGDTBase=" X16 " IDTBase=" X16 "\n", p, V(HOST_GDTR_BASE), V(HOST_IDTR_BASE));
	P("%sCR0=" X16 " CR3=" X16 " CR4=" X16 "\n", p, V(HOST_CR0), V(HOST_CR3), V(HOST_CR4));
	P("%sSysenter RSP=" X16 " CS:RIP=" X4 ":" X16 "\n", p, V(HOST_IA32_SYSENTER_ESP),
	  V(HOST_IA32_SYSENTER_CS), V(HOST_IA32_SYSENTER_EIP));
	P("%sEFER = 0x" X16 "  PAT = 0x" X16 "\n", p, V(HOST_IA32_EFER), V(HOST_IA32_PAT));
	P("%sPerfGlobCtl = 0x" X16 "\n", p, V(HOST_IA32_PERF_GLOBAL_CTRL));
	if (d == KVM_6)
		P("%sS_CET = 0x" X16 ", SSP = 0x" X16 ", SSP TABLE = 0x" X16 "\n", p,
		  V(HOST_S_CET), V(HOST_SSP), V(HOST_INTR_SSP_TABLE));
}

static inline void print_control_words(struct dump_text *t, enum dialect d,
				       const struct entry *e)
{
	const char *p = t->prefix;

	if (d == KVM_6)
		P("%sCPUBased=0x" X8 " SecondaryExec=0x" X8 " TertiaryExec=0x" X16 "\n"
		  "%sPinBased=0x" X8 " EntryControls=" X8 " ExitControls=" X8 "\n", p,
		  V(CPU_BASED_VM_EXEC_CONTROL), V(SECONDARY_VM_EXEC_CONTROL),
		  V(TERTIARY_VM_EXEC_CONTROL), p, V(PIN_BASED_VM_EXEC_CONTROL),
		  V(VM_ENTRY_CONTROLS), V(VM_EXIT_CONTROLS));
	else
		P("%sPinBased=" X8 " CPUBased=" X8 " SecondaryExec=" X8 "\n"
		  "%sEntryControls=" X8 " ExitControls=" X8 "\n", p,
		  V(PIN_BASED_VM_EXEC_CONTROL), V(CPU_BASED_VM_EXEC_CONTROL),
		  V(SECONDARY_VM_EXEC_CONTROL), p, V(VM_ENTRY_CONTROLS), V(VM_EXIT_CONTROLS));
}

static inline void print_control(struct dump_text *t, enum dialect d, const struct entry *e)
{
	const char *p = t->prefix;

	P("%s*** Control State ***\n", p);
	print_control_words(t, d, e);
	P("%sVMEntry: intr_info=" X8 " errcode=" X8 " ilen=" X8 "\n", p,
	  V(VM_ENTRY_INTR_INFO_FIELD), V(VM_ENTRY_EXCEPTION_ERROR_CODE),
	  V(VM_ENTRY_INSTRUCTION_LEN));
	P("%s        reason=" X8 " qualification=" X16 "\n", p, V(VM_EXIT_REASON),
	  V(EXIT_QUALIFICATION));
	P("%sTSC Offset = 0x" X16 "\n%sTSC Multiplier = 0x" X16 "\n", p, V(TSC_OFFSET), p,
	  V(TSC_MULTIPLIER));
	P("%sTPR Threshold = 0x" X8 "\n", p, V(TPR_THRESHOLD));
	P("%sAPIC-access addr = 0x" X16 " virt-APIC addr = 0x" X16 "\n", p, V(APIC_ACCESS_ADDR),
	  V(VIRTUAL_APIC_PAGE_ADDR));
	P("%sPostedIntrVec = 0x" X4 "\n%sEPT pointer = 0x" X16 "\n", p, V(POSTED_INTR_NV), p,
	  V(EPT_POINTER));
	P("%sVirtual processor ID = 0x" X4 "\n", p, V(VIRTUAL_PROCESSOR_ID));
}

static inline void print_dump(struct dump_text *t, enum dialect d, const struct entry *e)
{
	static const char *const prefixes[] = {"[  58.012471] ", "[ 2311.499051] kvm_intel: ",
					       "(XEN) [2019-11-02 14:09:46] "};

	t->prefix = prefixes[d];
	print_guest(t, d, e);
	print_host(t, d, e);
	print_control(t, d, e);
}

#undef P
#undef V

#endif
