"""The suite that asv runs. It is a package because asv requires one."""
