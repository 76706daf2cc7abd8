/*
 * A disk with bad sectors, for tests: a file system in user space with one file, `disk`, backed by IMAGE. Reading a byte that
 * BADLIST names gives EIO. Writing to it heals it, as a drive does that remaps a sector, unless the list is read-only.
 *
 *   failing-disk IMAGE BADLIST MOUNTPOINT [fuse options]
 *
 * BADLIST: text, lines "<offset> <length>", read anew for every request.
 */
#define FUSE_USE_VERSION 31
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RANGES_MAX = 65536 };

struct range {
	long long offset, end;
};

static int image;
static const char *list_path;
static struct range bad[RANGES_MAX];
static int bad_count;

static void load_list(void)
{
	FILE *file = fopen(list_path, "r");
	long long offset, length;

	bad_count = 0;
	if (file == NULL)
		return;
	while (bad_count < RANGES_MAX && fscanf(file, "%lld %lld", &offset, &length) == 2)
		bad[bad_count++] = (struct range){ offset, offset + length };
	fclose(file);
}

static int touches(struct range range, long long offset, long long end)
{
	return range.offset < end && offset < range.end;
}

static int is_bad(long long offset, long long end)
{
	load_list();
	for (int i = 0; i < bad_count; i++)
		if (touches(bad[i], offset, end))
			return 1;
	return 0;
}

/* Keeps what the write does not cover. */
static int heal(long long offset, long long end)
{
	FILE *file;

	if (access(list_path, W_OK) != 0)
		return -EIO;
	file = fopen(list_path, "w");
	if (file == NULL)
		return -EIO;
	for (int i = 0; i < bad_count; i++) {
		if (bad[i].offset < offset)
			fprintf(file, "%lld %lld\n", bad[i].offset,
				(bad[i].end < offset ? bad[i].end : offset) - bad[i].offset);
		if (bad[i].end > end) {
			long long from = bad[i].offset > end ? bad[i].offset : end;
			fprintf(file, "%lld %lld\n", from, bad[i].end - from);
		}
	}
	fclose(file);
	return 0;
}

static int disk_getattr(const char *path, struct stat *st, struct fuse_file_info *info)
{
	(void)info;
	memset(st, 0, sizeof *st);
	if (strcmp(path, "/") == 0) {
		st->st_mode = S_IFDIR | 0755;
		st->st_nlink = 2;
		return 0;
	}
	if (strcmp(path, "/disk") != 0)
		return -ENOENT;
	fstat(image, st);
	return 0;
}

static int disk_readdir(const char *path, void *buffer, fuse_fill_dir_t fill, off_t offset,
			struct fuse_file_info *info, enum fuse_readdir_flags flags)
{
	(void)path;
	(void)offset;
	(void)info;
	(void)flags;
	fill(buffer, "disk", NULL, 0, 0);
	return 0;
}

static int disk_open(const char *path, struct fuse_file_info *info)
{
	/* Nothing is cached: every request comes here. */
	info->direct_io = 1;
	return strcmp(path, "/disk") == 0 ? 0 : -ENOENT;
}

static int disk_read(const char *path, char *buffer, size_t size, off_t offset,
		     struct fuse_file_info *info)
{
	ssize_t count;

	(void)path;
	(void)info;
	if (is_bad(offset, offset + (long long)size))
		return -EIO;
	count = pread(image, buffer, size, offset);
	return count < 0 ? -errno : (int)count;
}

static int disk_write(const char *path, const char *buffer, size_t size, off_t offset,
		      struct fuse_file_info *info)
{
	ssize_t count;

	(void)path;
	(void)info;
	if (is_bad(offset, offset + (long long)size) && heal(offset, offset + (long long)size) != 0)
		return -EIO;
	count = pwrite(image, buffer, size, offset);
	return count < 0 ? -errno : (int)count;
}

static int disk_fsync(const char *path, int data_only, struct fuse_file_info *info)
{
	(void)path;
	(void)data_only;
	(void)info;
	return 0;
}

static const struct fuse_operations operations = {
	.getattr = disk_getattr,
	.readdir = disk_readdir,
	.open = disk_open,
	.read = disk_read,
	.write = disk_write,
	.fsync = disk_fsync,
};

int main(int argc, char **argv)
{
	if (argc < 4) {
		fprintf(stderr, "failing-disk IMAGE BADLIST MOUNTPOINT [fuse options]\n");
		return 2;
	}
	image = open(argv[1], O_RDWR);
	if (image < 0) {
		perror(argv[1]);
		return 1;
	}
	list_path = argv[2];
	argv[2] = argv[0];
	return fuse_main(argc - 2, argv + 2, &operations, NULL);
}
