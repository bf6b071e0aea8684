/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What the files of the command share: its subcommands and its exit status.
 */
#ifndef PKVM_TOOLS_COMMAND_H
#define PKVM_TOOLS_COMMAND_H

/* Exit status of every subcommand. */
enum {
	COMMAND_OK,
	COMMAND_PROBLEM,        /* it worked, and found a problem            */
	COMMAND_USAGE           /* bad use: options, files, a scenario's text; lost output */
};

/* argv[0] is the subcommand's own name. */
int command_run(int argc, char **argv);
int command_abi(int argc, char **argv);
int command_vmcs(int argc, char **argv);

/* Output of `pkvm abi dump`. */
int abi_dump_json(void);
int abi_dump_markdown(void);
int abi_dump_text(void);

#endif
