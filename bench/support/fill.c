/* Fills a pool with 64 KiB objects of pseudo-random bytes until it is full. fill POOLSET LAYOUT */
#include <libpmemobj.h>
#include <stdint.h>
#include <stdio.h>

#define OBJECT_SIZE 65536

static uint64_t state = 0x9e3779b97f4a7c15ull;

static uint64_t next_word(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static int construct(PMEMobjpool *pool, void *object, void *unused)
{
	static uint64_t words[OBJECT_SIZE / sizeof(uint64_t)];

	(void)unused;
	for (size_t i = 0; i < OBJECT_SIZE / sizeof(uint64_t); i++)
		words[i] = next_word();
	pmemobj_memcpy_persist(pool, object, words, OBJECT_SIZE);
	return 0;
}

int main(int argc, char **argv)
{
	PMEMobjpool *pool = argc == 3 ? pmemobj_open(argv[1], argv[2]) : NULL;
	long count = 0;

	if (pool == NULL) {
		fprintf(stderr, "fill: %s\n", pmemobj_errormsg());
		return 1;
	}
	while (pmemobj_alloc(pool, NULL, OBJECT_SIZE, 1, construct, NULL) == 0)
		count++;
	pmemobj_close(pool);
	printf("%ld\n", count);
	return 0;
}
