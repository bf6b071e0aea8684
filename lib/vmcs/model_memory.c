/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Guest memory as instructions see it: through a segment, through a linear
 * address that may cross a page, and on the stack.
 *
 * SDM: sections "Segmentation in IA-32e Mode", "Limit Checking", "Type
 * Checking", and "Stack Segment and Stack Size".
 */
#include "model_access.h"

#define PAGE_MASK 0xfffull

/* One access of at most 8 bytes: in one page, or split over two. */
struct span {
	uint64_t pa[2];
	unsigned int first; /* bytes in pa[0] */
};

static uint64_t linear_mask(const struct model_run *run)
{
	return model_64bit(run) || model_long_mode(run) ? ~0ull : 0xffffffffull;
}

static enum model_result span_of(struct model_run *run, uint64_t linear, unsigned int size,
				 unsigned int access, struct span *span)
{
	unsigned int room = (unsigned int)(PAGE_MASK + 1 - (linear & PAGE_MASK));
	enum model_result result = model_translate(run, linear, access, &span->pa[0]);

	span->first = size <= room ? size : room;
	if (result != MODEL_OK || span->first == size)
		return result;
	return model_translate(run, (linear + room) & linear_mask(run), access, &span->pa[1]);
}

static bool apic_page(const struct model_run *run, const struct span *span)
{
	return model_proc2(run, PKVM_VMX_CPU2_VIRTUALIZE_APIC_ACCESSES) &&
	       (span->pa[0] & ~PAGE_MASK) == MODEL_FIELD(run, APIC_ACCESS_ADDR);
}

enum model_result model_read(struct model_run *run, uint64_t linear, unsigned int size,
			     unsigned int access, uint64_t *value)
{
	struct span span;
	enum model_result result = span_of(run, linear, size, access | MODEL_READ, &span);

	if (result != MODEL_OK)
		return result;
	if (apic_page(run, &span)) {
		bool done = false;

		result = model_apic_access(run, span.pa[0], size, MODEL_READ, value, &done);
		if (done || result != MODEL_OK)
			return result;
	}
	*value = model_load(span.pa[0], span.first);
	if (span.first < size)
		*value |= model_load(span.pa[1], size - span.first) << (8 * span.first);
	return MODEL_OK;
}

enum model_result model_write(struct model_run *run, uint64_t linear, unsigned int size,
			      unsigned int access, uint64_t value)
{
	struct span span;
	enum model_result result = span_of(run, linear, size, access | MODEL_WRITE, &span);

	if (result != MODEL_OK)
		return result;
	if (apic_page(run, &span)) {
		bool done = false;

		result = model_apic_access(run, span.pa[0], size, MODEL_WRITE, &value, &done);
		if (done || result != MODEL_OK)
			return result;
	}
	model_store(span.pa[0], span.first, value);
	if (span.first < size)
		model_store(span.pa[1], size - span.first, value >> (8 * span.first));
	return MODEL_OK;
}

/* Are bytes offset .. offset + size - 1 within the limit? */
static bool limit_holds(const struct model_segment *segment, uint64_t offset, unsigned int size)
{
	uint64_t last = offset + size - 1;

	if ((segment->ar & AR_S) && (segment->ar & 0xc) == 4) {
		uint64_t top = segment->ar & AR_DB ? 0xffffffffull : 0xffffull;

		return offset > segment->limit && last <= top;
	}
	return last <= segment->limit;
}

static bool type_holds(const struct model_segment *segment, unsigned int access)
{
	bool code = segment->ar & 8;

	if (segment->ar & AR_UNUSABLE)
		return false;
	if (access & MODEL_WRITE)
		return !code && (segment->ar & 2);
	if (access & MODEL_READ)
		return !code || (segment->ar & 2);
	return true;
}

/*
 * The linear address of segment:offset. A null segment pointer means the
 * register as it stands; event delivery passes one that is not loaded yet.
 */
enum model_result model_linear(struct model_run *run, enum model_segment_index index,
			       const struct model_segment *segment, uint64_t offset,
			       unsigned int size, unsigned int access, uint64_t *linear)
{
	unsigned int vector = index == MODEL_SS ? VECTOR_SS : VECTOR_GP;
	struct model_segment current = segment ? *segment : model_get_segment(run, index);

	if (model_64bit(run)) {
		if (index != MODEL_FS && index != MODEL_GS)
			current.base = 0;
		*linear = current.base + offset;
		if (model_canonical(run, *linear) && model_canonical(run, *linear + size - 1))
			return MODEL_OK;
		return model_fault_code(run, vector, 0);
	}
	*linear = (current.base + offset) & 0xffffffffull;
	if (model_protected(run) && !type_holds(&current, access))
		return model_fault_code(run, vector, 0);
	if (!limit_holds(&current, offset, size))
		return model_fault_code(run, vector, 0);
	return MODEL_OK;
}

/* The part of RSP that a stack access uses, and its mask. */
static uint64_t stack_mask(const struct model_run *run)
{
	if (model_64bit(run))
		return ~0ull;
	return MODEL_FIELD(run, GUEST_SS_AR_BYTES) & AR_DB ? 0xffffffffull : 0xffffull;
}

void model_add_rsp(struct model_run *run, int64_t bytes)
{
	uint64_t mask = stack_mask(run);
	uint64_t rsp = MODEL_GPR(run, PKVM_GPR_RSP);

	MODEL_GPR(run, PKVM_GPR_RSP) = (rsp & ~mask) | ((rsp + (uint64_t)bytes) & mask);
}

enum model_result model_push(struct model_run *run, unsigned int size, uint64_t value)
{
	uint64_t rsp = (MODEL_GPR(run, PKVM_GPR_RSP) - size) & stack_mask(run);
	uint64_t linear;
	enum model_result result;

	result = model_linear(run, MODEL_SS, NULL, rsp, size, MODEL_WRITE, &linear);
	if (result == MODEL_OK)
		result = model_write(run, linear, size, 0, value);
	if (result == MODEL_OK)
		model_add_rsp(run, -(int64_t)size);
	return result;
}

/* Reads the stack at RSP + depth; RSP moves by model_add_rsp() when all is read. */
enum model_result model_pop(struct model_run *run, unsigned int size, unsigned int depth,
			    uint64_t *value)
{
	uint64_t rsp = (MODEL_GPR(run, PKVM_GPR_RSP) + depth) & stack_mask(run);
	uint64_t linear;
	enum model_result result;

	result = model_linear(run, MODEL_SS, NULL, rsp, size, MODEL_READ, &linear);
	if (result == MODEL_OK)
		result = model_read(run, linear, size, 0, value);
	return result;
}
