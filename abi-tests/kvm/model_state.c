/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The model's state: APICs, interrupts, exceptions, saved and restored. */
#include "model.h"

#include <errno.h>
#include <string.h>

#define ENTRY_LEVEL      0x8000u /* of the I/O APIC's redirection table */
#define ENTRY_DEST_SHIFT 24      /* of its upper half                  */

int model_get_lapic(struct lapic_image *image)
{
	struct pkvm_host_lapic_state state;

	memset(image, 0, sizeof(*image));
	if (!model.vcpu.lapic)
		return -EINVAL;
	pkvm_host_lapic_get_state(&model.apic, &state);
	memcpy(image, &state, sizeof(*image));
	return 0;
}

int model_set_lapic(const struct lapic_image *image)
{
	struct pkvm_host_lapic_state state;

	if (!model.vcpu.lapic)
		return -EINVAL;
	memcpy(&state, image, sizeof(state));
	return pkvm_host_lapic_set_state(&model.apic, &state);
}

/* What the host does when it has decoded the guest's access to the APIC page. */
int model_write_xapic(uint32_t offset, uint32_t value)
{
	return pkvm_host_lapic_mmio_write(&model.apic, offset, 4, value);
}

int model_send_edge(uint32_t dest)
{
	const struct pkvm_host_msi msi = {.dest = dest, .vector = EDGE_VECTOR};

	(void)pkvm_host_irqchip_deliver(&model.chip, &msi);
	return 0;
}

static void write_ioapic(uint32_t reg, uint32_t value)
{
	model_need("ioapic",
		   pkvm_host_ioapic_write(&model.ioapic, PKVM_HOST_IOAPIC_SELECT, 4, reg));
	model_need("ioapic",
		   pkvm_host_ioapic_write(&model.ioapic, PKVM_HOST_IOAPIC_WINDOW, 4, value));
}

void model_send_level(void)
{
	const struct pkvm_host_msi msi = {
		.dest = APIC_ID, .vector = LEVEL_VECTOR, .level = true};
	const uint32_t entry = PKVM_HOST_IOAPIC_REG_ENTRY + 2 * LEVEL_PIN;

	if (!pkvm_host_irqchip_has_ioapic(&model.chip)) {
		if (pkvm_host_irqchip_deliver(&model.chip, &msi) != 1)
			model_need("level-triggered MSI", -EIO);
		return;
	}
	write_ioapic(entry + 1, APIC_ID << ENTRY_DEST_SHIFT);
	write_ioapic(entry, ENTRY_LEVEL | LEVEL_VECTOR);
	model_need("line", pkvm_host_ioapic_set_line(&model.ioapic, LEVEL_PIN, true));
	model_need("line", pkvm_host_ioapic_set_line(&model.ioapic, LEVEL_PIN, false));
}

bool model_eoi_arrived(const struct ran *ran)
{
	if (!pkvm_host_irqchip_has_ioapic(&model.chip))
		return ran->eoi == LEVEL_VECTOR;
	return !(model.ioapic.entry[LEVEL_PIN] & PKVM_HOST_IOAPIC_REMOTE_IRR);
}

static void take_events(const struct pkvm_host_vcpu_events *from, struct events *to)
{
	*to = (struct events){
		.valid_payload = from->valid_payload,
		.pending = from->pending,
		.injected = from->injected,
		.has_error_code = from->has_error_code,
		.has_payload = from->has_payload,
		.vector = (uint8_t)from->vector,
		.error_code = from->error_code,
		.payload = from->payload,
	};
}

int model_get_events(struct events *events)
{
	struct pkvm_host_vcpu_events state;

	pkvm_host_get_vcpu_events(&model.exceptions, &state);
	take_events(&state, events);
	return 0;
}

int model_set_events(const struct events *events)
{
	const struct pkvm_host_vcpu_events state = {
		.injected = events->injected,
		.has_error_code = events->has_error_code,
		.vector = events->vector,
		.error_code = events->error_code,
		.valid_payload = events->valid_payload,
		.pending = events->pending,
		.has_payload = events->has_payload,
		.payload = events->payload,
	};

	return pkvm_host_set_vcpu_events(&model.exceptions, &state);
}

int model_get_cr2(uint64_t *cr2)
{
	struct pkvm_host_sregs sregs = {.cr2 = 0};

	pkvm_host_get_exception_sregs(&model.exceptions, &sregs);
	*cr2 = sregs.cr2;
	return 0;
}

int model_set_cr2(uint64_t cr2)
{
	const struct pkvm_host_sregs sregs = {.cr2 = cr2};

	pkvm_host_set_exception_sregs(&model.exceptions, &sregs);
	return 0;
}

int model_get_debugregs(struct debugregs *regs)
{
	struct pkvm_host_debugregs state;
	const int error = pkvm_host_get_debugregs(&model.exceptions, &state);

	*regs = (struct debugregs){state.dr6, state.dr7};
	return error;
}

int model_set_debugregs(const struct debugregs *regs)
{
	const struct pkvm_host_debugregs state = {.dr6 = regs->dr6, .dr7 = regs->dr7};

	return pkvm_host_set_debugregs(&model.exceptions, &state);
}

int model_copy_out(uint64_t *cr2, struct events *events)
{
	struct pkvm_host_copy_out state;

	pkvm_host_store_regs(&model.exceptions, &state);
	*cr2 = state.cr2;
	take_events(&state.events, events);
	return 0;
}
