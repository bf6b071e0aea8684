/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What kvm_opinion can be told to do; each returns its exit status. */
#ifndef PKVM_KVM_COMMAND_H
#define PKVM_KVM_COMMAND_H

struct options {
	const char *device;
	const char *answers;            /* a folder, with a file for each kernel */
	const char *differences;        /* the table                          */
};

/* compare.c: recorded answers with the model's, and the running kernel's with both. */
int command_compare(const struct options *options);
/* record.c: writes what the running kernel answers; prints what the model answers. */
int command_record(const struct options *options);
int command_model(void);

#endif
