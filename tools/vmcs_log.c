/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Finds the VMCS dumps in a log. It goes by labels, wherever on a line they are,
 * so that time stamps and prefixes of any kind are only words it does not know.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/vmcs/controls.h"
#include "vmcs_log.h"

#define NO_FIELD      (-1)
#define INVALID_GUEST 0x80000021        /* exit reasons with bit 31 */
#define MSR_LOADING   0x80000022

struct label {
	unsigned int part;
	const char *pattern;
	int field[VMCS_VALUES];
};

static const struct label labels[] = {
#define F(NAME) PKVM_VMCS_INDEX_##NAME,
#define N       NO_FIELD,
#define VMCS_LABEL(PART, PATTERN, FIELDS) {VMCS_PART_##PART, PATTERN, {FIELDS}},
#include "vmcs_labels.inc"
#undef VMCS_LABEL
#undef N
#undef F
};

#define NR_LABELS (sizeof(labels) / sizeof(labels[0]))

static const struct {
	const char *pattern;
	unsigned int part;
} titles[] = {
	{"*** Guest State ***", VMCS_PART_GUEST},
	{"*** Host State ***", VMCS_PART_HOST},
	{"*** Control State ***", VMCS_PART_CONTROL},
};

/* Lines that report the failure: QEMU's, Xen's, and those of other programs. */
static const char *const failures[] = {
	"KVM: entry failed, hardware error %",
	"vmentry failure (reason %",
	"vm entry failed with error %",
	"hardware_entry_failure_reason = %",
	"kvm: unhandled exit %",
	"VMLAUNCH error: %",
	"VMRESUME error: %",
};

/* The place in the text. */
struct scan {
	struct vmcs_log *log;
	struct vmcs_dump *dump; /* NULL: before the first                    */
	const char *at;
	unsigned int line;
	unsigned int part;      /* 0: in no dump                             */
	bool guest_msrs;        /* after "MSR guest autoload"                */
	bool xen;               /* "(XEN)" came before                       */
};

/* A dump of which nothing was read makes room for the next. */
static bool make_room(struct scan *s)
{
	struct vmcs_log *log = s->log;
	struct vmcs_dump *more;

	if (s->dump && !s->dump->fields)
		return true;
	more = realloc(log->dump, (log->dumps + 1) * sizeof(*more));
	if (!more)
		return false;
	log->dump = more;
	s->dump = &more[log->dumps++];
	return true;
}

static bool start_dump(struct scan *s)
{
	struct vmcs_log *log = s->log;

	if (!make_room(s))
		return false;
	memset(s->dump, 0, sizeof(*s->dump));
	s->dump->line = s->line;
	s->dump->xen = s->xen;
	s->dump->vmcs.unknown = PKVM_VMCS_NEEDS_VTPR | PKVM_VMCS_NEEDS_CURRENT_VMCS |
				PKVM_VMCS_NEEDS_LINKED_VMCS | PKVM_VMCS_NEEDS_PDPTES |
				PKVM_VMCS_NEEDS_RTIT_CTL | PKVM_VMCS_NEEDS_MSR_LOAD;
	s->dump->reported = log->pending;
	s->dump->error = log->error;
	s->dump->error_line = log->error_line;
	log->pending = false;
	return true;
}

/* A part begins a new dump unless it follows the parts of the current one. */
static bool title(struct scan *s)
{
	s->xen = s->xen || vmcs_match(s->at, "(XEN)").whole;
	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++) {
		const struct vmcs_match match = vmcs_match(s->at, titles[i].pattern);

		if (!match.whole)
			continue;
		if ((!s->dump || s->dump->parts >= titles[i].part) && !start_dump(s))
			return false;
		s->dump->parts |= titles[i].part;
		s->part = titles[i].part;
		s->guest_msrs = false;
		s->at = match.end;
	}
	return true;
}

/*
 * QEMU's line comes behind the dump in the log, Xen's before it. A dump that has
 * been told already leaves the line to the next one.
 */
static void failure(struct scan *s)
{
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		const struct vmcs_match match = vmcs_match(s->at, failures[i]);

		if (!match.whole)
			continue;
		s->at = match.end;
		if (s->dump && !s->dump->reported && strncmp(failures[i], "vmentry", 7)) {
			s->dump->reported = true;
			s->dump->error = match.value[0];
			s->dump->error_line = s->line;
		} else if (!s->log->pending) {
			s->log->pending = true;
			s->log->error = match.value[0];
			s->log->error_line = s->line;
		}
	}
}

static void garbled(struct scan *s, const char *label)
{
	if (s->dump->nr_garbled < VMCS_GARBLED) {
		s->dump->garbled[s->dump->nr_garbled].line = s->line;
		s->dump->garbled[s->dump->nr_garbled].label = label;
	}
	s->dump->nr_garbled++;
}

/*
 * The first value of a field stays: what repeats a label belongs to another text.
 * Of a label that is cut off only values with names of their own are taken.
 */
static void store(struct scan *s, const struct label *label, const struct vmcs_match *match)
{
	const bool named = strchr(label->pattern, '=') != NULL;
	struct vmcs_case *c = &s->dump->vmcs;
	bool bad = !match->whole;

	for (unsigned int i = 0; i < match->values && (match->whole || named); i++) {
		const int field = label->field[i];

		if (field == NO_FIELD || c->given[field])
			continue;
		if (!vmcs_fits(field, match->value[i])) {
			bad = true;
			continue;
		}
		c->value[field] = match->value[i];
		c->given[field] = true;
		s->dump->fields++;
	}
	if (bad)
		garbled(s, label->pattern);
}

/* The entries that KVM prints below "MSR guest autoload": the whole area. */
static void store_msr(struct scan *s, const struct label *label,
		      const struct vmcs_match *match)
{
	struct vmcs_case *c = &s->dump->vmcs;

	if (!strncmp(label->pattern, "MSR guest", 9))
		s->guest_msrs = !strcmp(label->pattern, "MSR guest autoload");
	if (strncmp(label->pattern, "msr=", 4) || !s->guest_msrs || c->nr_msrs == VMCS_MSRS)
		return;
	c->msr[c->nr_msrs].index = (uint32_t)match->value[0];
	c->msr[c->nr_msrs].high = (uint32_t)(match->value[0] >> 32);
	c->msr[c->nr_msrs++].value = match->value[1];
	c->value[PKVM_VMCS_INDEX_VM_ENTRY_MSR_LOAD_COUNT] = c->nr_msrs;
	c->given[PKVM_VMCS_INDEX_VM_ENTRY_MSR_LOAD_COUNT] = true;
}

/* The label that the text follows to its end, or else the farthest. */
static void label(struct scan *s)
{
	const struct label *best = NULL;
	struct vmcs_match best_match = {.end = s->at};

	for (size_t i = 0; i < NR_LABELS; i++) {
		struct vmcs_match match;

		if (labels[i].part != s->part || labels[i].pattern[0] != s->at[0])
			continue;
		match = vmcs_match(s->at, labels[i].pattern);
		if ((match.whole || match.at_value || match.values) &&
		    (!best || match.whole > best_match.whole ||
		     (match.whole == best_match.whole && match.end > best_match.end))) {
			best = &labels[i];
			best_match = match;
		}
	}
	if (!best)
		return;
	store(s, best, &best_match);
	if (best_match.whole)
		store_msr(s, best, &best_match);
	s->at = best_match.end;
}

static bool starts_label(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Labels begin where words do. */
static void advance(struct scan *s)
{
	if (!starts_label(*s->at)) {
		s->at++;
		return;
	}
	while (starts_label(*s->at))
		s->at++;
}

static void count_lines(struct scan *s, const char *from)
{
	for (; from < s->at; from++)
		s->line += *from == '\n';
}

/*
 * An exit reason that tells of a failed VM entry is this dump's own word; a line
 * that tells another error then speaks of another entry.
 */
static void finish(struct vmcs_dump *dump)
{
	const uint64_t reason = dump->vmcs.value[PKVM_VMCS_INDEX_VM_EXIT_REASON];

	if (reason & PKVM_VMX_REASON_ENTRY_FAILURE &&
	    (!dump->reported || dump->error != reason)) {
		dump->reported = true;
		dump->error = reason;
		dump->error_line = 0;
	}
	vmcs_caps_unknown(&dump->vmcs, dump->reported && (dump->error == INVALID_GUEST ||
							  dump->error == MSR_LOADING));
}

bool vmcs_log_read(struct vmcs_log *log, const char *text)
{
	struct scan s = {.log = log, .at = text, .line = 1};

	memset(log, 0, sizeof(*log));
	while (*s.at) {
		const char *from = s.at;

		if (!title(&s)) {
			vmcs_log_free(log);
			return false;
		}
		if (s.at == from)
			failure(&s);
		if (s.at == from && s.part)
			label(&s);
		if (s.at == from)
			advance(&s);
		count_lines(&s, from);
	}
	if (s.dump && !s.dump->fields)
		log->dumps--;
	for (size_t i = 0; i < log->dumps; i++)
		finish(&log->dump[i]);
	return true;
}

void vmcs_log_free(struct vmcs_log *log)
{
	free(log->dump);
	memset(log, 0, sizeof(*log));
}
