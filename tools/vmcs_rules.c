/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * `pkvm vmcs rules`: the page of all rules of VM entry, made from their rows.
 */
#include <string.h>

#include "command.h"
#include "vmcs.h"
#include "vmcs_decode.h"

/* Markdown would take some of what a rule says for its own signs. */
static void print_escaped(const char *text)
{
	for (; *text; text++) {
		if (strchr("|<>*_", *text))
			putchar('\\');
		putchar(*text);
	}
}

static void print_needs(uint32_t needs)
{
	char text[512];

	vmcs_how_to_know(needs, text, sizeof(text));
	print_escaped(text);
}

static void print_rule(const struct pkvm_vmcs_rule *rule)
{
	printf("| `%s` | ", rule->id);
	print_escaped(rule->sentence);
	printf(" | ");
	for (uint32_t i = 0; i < rule->nr_reads; i++)
		printf("%s`%s`", i ? ", " : "",
		       pkvm_vmcs_name((enum pkvm_vmcs_index)rule->reads[i]));
	printf(" | ");
	print_needs(rule->needs);
	printf(" |\n");
}

/* Of MSR loading it is no constant. */
static const char *qualification(const struct pkvm_vmcs_rule *rule)
{
	static const char *const numbers[] = {"0", "1", "2", "3", "4"};

	if (rule->outcome == PKVM_VMCS_ENTRY_FAIL_MSR)
		return "the entry's number";
	return numbers[rule->qualification];
}

int vmcs_rules(void)
{
	const struct pkvm_vmcs_rule *last = NULL;

	printf("<!-- SPDX-License-Identifier: MIT OR GPL-2.0-only -->\n"
	       "<!-- Every rule of VM entry; `pkvm vmcs rules` writes this page. -->\n"
	       "# The rules of VM entry {#vmcs_rules}\n\n"
	       "The sections are the SDM's, in its order. A broken rule has the outcome of its "
	       "section; of several, the first section's decides, and within a section "
	       "processors may differ. See @ref vmcs.\n");
	for (unsigned int i = 0; pkvm_vmcs_rule(i); i++) {
		const struct pkvm_vmcs_rule *rule = pkvm_vmcs_rule(i);

		if (!last || strcmp(last->section, rule->section) ||
		    last->qualification != rule->qualification)
			printf("\n## %s: %s, qualification %s\n\n"
			       "| rule | what must hold | fields | and beside them |\n"
			       "| ---- | -------------- | ------ | --------------- |\n",
			       rule->section, vmcs_outcome_name((int)rule->outcome),
			       qualification(rule));
		print_rule(rule);
		last = rule;
	}
	printf("\n## The processor that `check` assumes\n\n");
	vmcs_caps_print(stdout);
	return COMMAND_OK;
}
