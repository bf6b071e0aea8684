/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Segment registers with their hidden parts, and the descriptors they are
 * loaded from.
 *
 * SDM: sections "Segment Registers", "Segment Descriptors", "Privilege Level
 * Checking When Accessing Data Segments", instruction "MOV - Move".
 */
#include "model_access.h"

struct model_segment model_get_segment(const struct model_run *run,
				       enum model_segment_index index)
{
	return (struct model_segment){
		.selector = (uint32_t)(&MODEL_FIELD(run, GUEST_ES_SELECTOR))[index],
		.limit = (uint32_t)(&MODEL_FIELD(run, GUEST_ES_LIMIT))[index],
		.ar = (uint32_t)(&MODEL_FIELD(run, GUEST_ES_AR_BYTES))[index],
		.base = (&MODEL_FIELD(run, GUEST_ES_BASE))[index],
	};
}

void model_set_segment(struct model_run *run, enum model_segment_index index,
		       const struct model_segment *segment)
{
	(&MODEL_FIELD(run, GUEST_ES_SELECTOR))[index] = segment->selector;
	(&MODEL_FIELD(run, GUEST_ES_LIMIT))[index] = segment->limit;
	(&MODEL_FIELD(run, GUEST_ES_AR_BYTES))[index] = segment->ar;
	(&MODEL_FIELD(run, GUEST_ES_BASE))[index] = segment->base;
}

/* Real-address mode: selector and base; limit and access rights stay. */
void model_real_segment(struct model_run *run, enum model_segment_index index,
			uint32_t selector)
{
	struct model_segment segment = model_get_segment(run, index);

	segment.selector = selector & 0xffff;
	segment.base = (uint64_t)segment.selector << 4;
	model_set_segment(run, index, &segment);
}

static bool descriptor_address(const struct model_run *run, uint32_t selector, uint64_t *at)
{
	uint32_t offset = selector & 0xfff8;

	if (selector & 4) {
		*at = MODEL_FIELD(run, GUEST_LDTR_BASE) + offset;
		return !(MODEL_FIELD(run, GUEST_LDTR_AR_BYTES) & AR_UNUSABLE) &&
		       offset + 7 <= MODEL_FIELD(run, GUEST_LDTR_LIMIT);
	}
	*at = MODEL_FIELD(run, GUEST_GDTR_BASE) + offset;
	return offset + 7 <= MODEL_FIELD(run, GUEST_GDTR_LIMIT);
}

/* Reads a descriptor; out of its table's limit it is the fault that is named. */
enum model_result model_descriptor(struct model_run *run, uint32_t selector,
				   unsigned int vector, uint32_t ext,
				   struct model_segment *segment)
{
	uint64_t at, raw;
	enum model_result result;

	if (!descriptor_address(run, selector, &at))
		return model_fault_code(run, vector, (selector & 0xfffc) | ext);
	result = model_read(run, at, 8, MODEL_SYSTEM, &raw);
	if (result != MODEL_OK)
		return result;
	segment->selector = selector & 0xffff;
	segment->ar = (uint32_t)(raw >> 40 & 0xf0ff);
	segment->base = (raw >> 16 & 0xffffff) | (raw >> 56) << 24;
	segment->limit = (uint32_t)((raw & 0xffff) | (raw >> 32 & 0xf0000));
	if (segment->ar & AR_G)
		segment->limit = segment->limit << 12 | 0xfff;
	return MODEL_OK;
}

/* Sets the accessed flag of a code or data descriptor in memory. */
enum model_result model_accessed(struct model_run *run, const struct model_segment *segment)
{
	uint64_t at;

	if ((segment->ar & 1) || !descriptor_address(run, segment->selector, &at))
		return MODEL_OK;
	return model_write(run, at + 5, 1, MODEL_SYSTEM, (segment->ar & 0xff) | 1);
}

static enum model_result load_null(struct model_run *run, enum model_segment_index index,
				   uint32_t selector)
{
	struct model_segment null = {.selector = selector & 0xffff, .ar = AR_UNUSABLE};

	if (index == MODEL_SS) {
		if (!model_64bit(run) || model_cpl(run) == 3 ||
		    (selector & 3) != model_cpl(run))
			return model_fault_code(run, VECTOR_GP, 0);
		null.ar |= model_cpl(run) << 5;
	}
	model_set_segment(run, index, &null);
	return MODEL_OK;
}

/* A stack segment for a privilege level; what is wrong with it is the fault. */
enum model_result model_load_stack(struct model_run *run, uint32_t selector, unsigned int cpl,
				   unsigned int vector, uint32_t ext,
				   struct model_segment *segment)
{
	enum model_result result;

	if (!(selector & 0xfffc))
		return model_fault_code(run, vector, ext);
	result = model_descriptor(run, selector, vector, ext, segment);
	if (result != MODEL_OK)
		return result;
	if ((selector & 3) != cpl || (segment->ar >> 5 & 3) != cpl ||
	    (segment->ar & (AR_S | 8 | 2)) != (AR_S | 2))
		return model_fault_code(run, vector, (selector & 0xfffc) | ext);
	if (!(segment->ar & AR_P))
		return model_fault_code(run, VECTOR_SS, (selector & 0xfffc) | ext);
	result = model_accessed(run, segment);
	segment->ar |= 1;
	return result;
}

/* MOV to a segment register other than CS. */
enum model_result model_load_data(struct model_run *run, enum model_segment_index index,
				  uint32_t selector)
{
	struct model_segment segment;
	uint32_t error = selector & 0xfffc;
	enum model_result result;
	bool code, conforming;
	unsigned int dpl;

	if (!model_protected(run)) {
		model_real_segment(run, index, selector);
		return MODEL_OK;
	}
	if (!error)
		return load_null(run, index, selector);
	if (index == MODEL_SS) {
		result =
			model_load_stack(run, selector, model_cpl(run), VECTOR_GP, 0, &segment);
		if (result == MODEL_OK)
			model_set_segment(run, index, &segment);
		return result;
	}
	result = model_descriptor(run, selector, VECTOR_GP, 0, &segment);
	if (result != MODEL_OK)
		return result;
	code = segment.ar & 8;
	conforming = code && (segment.ar & 4);
	dpl = segment.ar >> 5 & 3;
	if (!(segment.ar & AR_S) || (code && !(segment.ar & 2)) ||
	    (!conforming && ((selector & 3) > dpl || model_cpl(run) > dpl)))
		return model_fault_code(run, VECTOR_GP, error);
	if (!(segment.ar & AR_P))
		return model_fault_code(run, VECTOR_NP, error);
	result = model_accessed(run, &segment);
	segment.ar |= 1;
	if (result == MODEL_OK)
		model_set_segment(run, index, &segment);
	return result;
}
