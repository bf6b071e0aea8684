# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Turns the files of a room into libraries: a file in the room is part of the room.

# pkvm_sources(<variable> <pattern>... [EXCEPT <file>...])
function(pkvm_sources variable)
	cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "EXCEPT")
	file(GLOB sources CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR}
	     ${arg_UNPARSED_ARGUMENTS})
	if(arg_EXCEPT)
		list(REMOVE_ITEM sources ${arg_EXCEPT})
	endif()
	set(${variable} ${sources} PARENT_SCOPE)
endfunction()

# pkvm_library(<name> FREESTANDING|HOSTED <source>...): the static library
# lib<name>.a, whose users find the ABI's headers by themselves.
function(pkvm_library name environment)
	string(TOLOWER ${environment} environment)
	add_library(${name} STATIC ${ARGN})
	target_link_libraries(${name} PUBLIC pkvm-abi PRIVATE
			      $<BUILD_INTERFACE:pkvm-flags-${environment}>)
endfunction()

# What a program in one process links: the libraries need each other's symbols
# both ways (core and engine, machine and core), so the linker rescans them.
add_library(pkvm-process INTERFACE)
target_link_libraries(pkvm-process INTERFACE
	"$<LINK_GROUP:RESCAN,pkvm-machine,pkvm-host,pkvm-guest,pkvm-hyp,pkvm-engine-model>")

# The same for a program that brings a platform of its own.
add_library(pkvm-process-bare INTERFACE)
target_link_libraries(pkvm-process-bare INTERFACE
	"$<LINK_GROUP:RESCAN,pkvm-host,pkvm-guest,pkvm-hyp,pkvm-engine-model>")
foreach(process pkvm-process pkvm-process-bare)
	target_include_directories(${process} INTERFACE ${PROJECT_SOURCE_DIR})
endforeach()
