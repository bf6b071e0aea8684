# SPDX-License-Identifier: MIT OR GPL-2.0-only
# How the images of baremetal/ are compiled, linked and packed into a ROM.
set(PKVM_HAVE_BAREMETAL OFF)
if(NOT CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|amd64|AMD64)$")
	pkvm_off("the bare-metal image" "it is for x86-64, not for ${CMAKE_SYSTEM_PROCESSOR}")
elseif(NOT CMAKE_OBJCOPY)
	pkvm_off("the bare-metal image" "objcopy was not found (Debian: binutils)")
else()
	set(PKVM_HAVE_BAREMETAL ON)
endif()

set(baremetal_room ${PROJECT_SOURCE_DIR}/baremetal)
set(baremetal_link -nostdlib -static -Wl,--build-id=none -Wl,-z,noexecstack
    -Wl,-z,max-page-size=4096 -Wl,--no-warn-rwx-segments)
# What hyp/bochs.c stands around, in each hypervisor that it is linked into.
set(baremetal_bochs -Wl,--wrap=pkvm_vmcs_enter -Wl,--wrap=pkvm_plat_xsave
    -Wl,--wrap=pkvm_plat_xrstor)

# baremetal_objects(<name> <source>...): sources of any room, for one of the images.
function(baremetal_objects name)
	add_library(${name} OBJECT ${ARGN})
	target_link_libraries(${name} PRIVATE pkvm-abi pkvm-flags-baremetal)
endfunction()

# baremetal_elf(<name> <linker script> <definitions> <object library>...): links
# them by a script in which the numbers of memory_map.h stand, and takes the bytes:
# <name>.bin in this directory.
function(baremetal_elf name source definitions)
	set(out ${CMAKE_CURRENT_BINARY_DIR}/${name})
	add_custom_command(OUTPUT ${out}.ld
		COMMAND ${CMAKE_C_COMPILER} -E -P -x c ${definitions} -I${baremetal_room}
			${baremetal_room}/${source} -o ${out}.ld
		DEPENDS ${baremetal_room}/${source} ${baremetal_room}/memory_map.h VERBATIM)
	add_custom_target(baremetal-${name}-script DEPENDS ${out}.ld)
	add_executable(baremetal-${name})
	foreach(objects IN LISTS ARGN)
		target_sources(baremetal-${name} PRIVATE $<TARGET_OBJECTS:${objects}>)
	endforeach()
	set_target_properties(baremetal-${name} PROPERTIES OUTPUT_NAME ${name}.elf
			      LINKER_LANGUAGE C LINK_DEPENDS ${out}.ld)
	target_link_options(baremetal-${name} PRIVATE ${baremetal_link} -Wl,-T,${out}.ld)
	add_dependencies(baremetal-${name} baremetal-${name}-script)
	add_custom_command(OUTPUT ${out}.bin
		COMMAND ${CMAKE_OBJCOPY} -O binary $<TARGET_FILE:baremetal-${name}> ${out}.bin
		DEPENDS baremetal-${name} VERBATIM)
	add_custom_target(baremetal-${name}-bin DEPENDS ${out}.bin)
	set_target_properties(baremetal-${name}-bin PROPERTIES BAREMETAL_BIN ${out}.bin)
endfunction()

# baremetal_image(<name> <first> <end> <object library>...): one of the two images,
# between two numbers of memory_map.h.
function(baremetal_image name first end)
	baremetal_elf(${name} image.ld "-DIMAGE_BASE=${first};-DIMAGE_END=${end}" ${ARGN})
endfunction()

# baremetal_rom(<name> <hypervisor> <host>): both images in <name>.rom, a part of the
# target baremetal-image.
function(baremetal_rom name hyp host)
	set(out ${CMAKE_CURRENT_BINARY_DIR}/${name})
	get_target_property(hyp_bin baremetal-${hyp}-bin BAREMETAL_BIN)
	get_target_property(host_bin baremetal-${host}-bin BAREMETAL_BIN)
	# One source file can be several objects, each with bytes of its own.
	file(CONFIGURE OUTPUT ${out}-rom.S CONTENT "#include \"${baremetal_room}/rom.S\"\n")
	set_source_files_properties(${out}-rom.S PROPERTIES OBJECT_DEPENDS
		"${hyp_bin};${host_bin};${baremetal_room}/rom.S;${baremetal_room}/memory_map.h")
	baremetal_objects(baremetal-${name}-rom-objects ${out}-rom.S)
	target_compile_definitions(baremetal-${name}-rom-objects PRIVATE
		ROM_HYP="${hyp_bin}" ROM_HOST="${host_bin}")
	add_dependencies(baremetal-${name}-rom-objects
			 baremetal-${hyp}-bin baremetal-${host}-bin)
	baremetal_elf(${name}-rom rom.ld "" baremetal-${name}-rom-objects)
	add_custom_command(OUTPUT ${out}.rom
		COMMAND ${CMAKE_COMMAND} -E copy ${out}-rom.bin ${out}.rom
		DEPENDS baremetal-${name}-rom-bin ${out}-rom.bin VERBATIM)
	add_custom_target(baremetal-${name}-image DEPENDS ${out}.rom)
	add_dependencies(baremetal-image baremetal-${name}-image)
endfunction()
