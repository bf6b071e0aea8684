/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Reads the event summary of a vCPU's shared page. */
#ifndef PKVM_HOST_SUMMARY_H
#define PKVM_HOST_SUMMARY_H

#include "host.h"

/* One word of the last complete summary; OFFSET is within struct pkvm_page_summary. */
uint64_t pkvm_host_summary_word(const struct pkvm_host_vcpu *vcpu, size_t offset);

#define PKVM_HOST_SUMMARY(VCPU, FIELD) \
	pkvm_host_summary_word(VCPU, offsetof(struct pkvm_page_summary, FIELD))

#endif
