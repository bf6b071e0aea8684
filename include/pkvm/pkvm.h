/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * @file
 * @brief The whole ABI: includes every other header.
 *
 * What every call can answer stands on one page, @ref gate.
 */
/**
 * @page gate What every call can answer
 *
 * A call's own text names what is its own. What follows is the same for all.
 *
 * **The functions.** pkvm_hc_<name>() is a call of the host, pkvm_guest_<name>()
 * one of a protected guest; each is one VMCALL (regs.h). Both return struct
 * pkvm_status: `error` is RAX; `refused` is RBX of a call that failed, the
 * number of the input word at fault or 0. When a call fails its outputs are all
 * zero, and nothing that the hypervisor owns has changed, counters of the trace
 * and time stamps aside.
 *
 * **Who may call.** Code at CPL 0 in 64-bit mode; host or pVM elsewhere get #UD
 * and nothing of them is read. An npVM's VMCALL goes to the host as it is.
 *
 * **The order of judgement.** The first failure is the answer.
 *
 * | judged                                                | status   | word |
 * | ----------------------------------------------------- | -------- | ---- |
 * | no version negotiated, or another major (not for abi_query) | -EPROTO | 0 |
 * | unknown, retired, too new, or its feature is not in force | -ENOSYS | 0 |
 * | life of the system: a once-only call again            | -EBUSY   | 0    |
 * | life of the system: too early or too late             | -EPERM   | 0    |
 * | a reserved word or bit is set, an index or an enumeration is out of range | -EINVAL | it |
 * | handle unknown or stale                               | -ENOENT  | it   |
 * | context: no vCPU is loaded on this CPU                | -EINVAL  | 0; 1 for a handle of 0 |
 * | context: the vCPU is bound to another CPU             | -EBUSY   | it   |
 * | life of the VM: a once-only call again                | -EBUSY   | it   |
 * | life of the VM: too early or too late                 | -EPERM   | it, or 0 |
 * | policy: a pVM does not allow it, or not any more      | -EPERM   | 0    |
 * | policy: only for a pVM, and the VM is an npVM         | -EINVAL  | 0    |
 * | a range is empty, unaligned, too large, or wraps      | -EINVAL  | it   |
 * | an address is not RAM                                 | -EFAULT  | it   |
 * | a page is not the caller's to give                    | -EPERM   | it   |
 * | the call's own                                        | as it says | as it says |
 *
 * A cause in a call's own text that has no word beside it names none: RBX is 0.
 *
 * **The words.** All are 64 bits wide. Where a call's table of registers gives a
 * width, a range or constants beside a word, anything else in it is refused, or
 * never comes out of it; *none* is #PKVM_NONE. What a word means, and of an
 * address the kind, stands at the field of its struct.
 *
 * Calls about VMs and vCPUs need pkvm_hc_init_finalize(). From its
 * first pkvm_hc_vm_destroy() on a VM's handle accepts only that call.
 *
 * **Has run.** What a pVM allows its host until it *has run* ends for a vCPU
 * with its first attempted VM entry, a failed one included; for a secondary
 * with its guest's pkvm_guest_start_cpu(), if that comes first.
 *
 * **Memory.** A *donated* range is physically contiguous whole pages; the host
 * has no access until they come back, and all of it stays the host's when the
 * call is refused. A *shared* page both sides may touch: each field is read once,
 * into private memory, before it is judged. Pages come back as a list (struct
 * pkvm_reclaim), scrubbed before they do.
 *
 * **Handles** are opaque; once their object is gone they are never valid again.
 */
#ifndef PKVM_PKVM_H
#define PKVM_PKVM_H

#include "abi.h"
#include "error.h"
#include "feature.h"
#include "hypercall.h"
#include "fingerprint.h"
#include "shared_page.h"
#include "shape.h"
#include "core.h"
#include "trace.h"
#include "vm.h"
#include "vm_cap.h"
#include "vcpu.h"
#include "run.h"
#include "segment.h"
#include "descriptor_table.h"
#include "control_register.h"
#include "rflags.h"
#include "msr.h"
#include "interruptibility.h"
#include "event.h"
#include "apic.h"
#include "cpuid.h"
#include "fpstate.h"
#include "tsc.h"
#include "mce.h"
#include "mmu.h"
#include "guest.h"

#endif
