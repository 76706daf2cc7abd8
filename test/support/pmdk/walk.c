/*
 * A small pmemobj program for the tests: writes a structure whose every byte follows from its sequence
 * numbers, and reads it back. So a repaired pool can be judged by the real library.
 *
 *   walk SET fill N BLOBS   appends N linked records of two types, then BLOBS blobs of 64 KiB ("full": until no room)
 *   walk SET verify         prints "records=N texts=N blobs=N digest=X"; exit 1 at the first wrong byte
 *   walk SET txloop         appends records in transactions until killed, and drops the oldest ones when the
 *                           pool is full; prints "ready" after the first
 *   walk SET hold           opens the pool, prints "ready", sleeps with its locks held
 *
 * Pool layout name: "walk".
 */
#include <libpmemobj.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TYPE_RECORD = 1, TYPE_TEXT = 2, TYPE_BLOB = 3 };
enum { BATCH = 1000, BLOB_WORDS = (64 * 1024 - 64) / 8, TEXT_MAX = 120 };

struct root {
	uint64_t magic;
	uint64_t first; /* sequence number of the oldest record or text */
	uint64_t count; /* sequence number of the next one */
	uint64_t blobs;
	PMEMoid head, tail; /* list of records and texts, oldest first */
	PMEMoid blob_head;  /* newest first */
};

struct node { /* common head of all three types */
	uint64_t seq;
	uint64_t sum;
	PMEMoid next;
};

struct record {
	struct node node;
	uint64_t values[4];
};

struct text {
	struct node node;
	uint32_t length;
	char letters[TEXT_MAX];
};

struct blob {
	struct node node;
	uint64_t words[BLOB_WORDS];
};

#define MAGIC 0x3152454c56495352ULL

/* splitmix64: the whole content is a function of (seq, position). */
static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15ULL;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

static uint64_t fold(uint64_t digest, uint64_t value)
{
	return mix(digest ^ value);
}

static void die(const char *what)
{
	fprintf(stderr, "walk: %s: %s\n", what, pmemobj_errormsg());
	exit(1);
}

static void wrong(const char *what, uint64_t seq)
{
	fprintf(stderr, "walk: wrong %s at %" PRIu64 "\n", what, seq);
	exit(1);
}

static void fill_record(struct record *r)
{
	r->node.sum = 0;
	for (int i = 0; i < 4; i++) {
		r->values[i] = mix(r->node.seq * 4 + i);
		r->node.sum = fold(r->node.sum, r->values[i]);
	}
}

static void fill_text(struct text *t)
{
	t->length = 1 + mix(t->node.seq) % TEXT_MAX;
	t->node.sum = t->length;
	for (uint32_t i = 0; i < t->length; i++) {
		t->letters[i] = 'a' + mix(t->node.seq + i) % 26;
		t->node.sum = fold(t->node.sum, t->letters[i]);
	}
}

static void fill_blob(struct blob *b)
{
	b->node.sum = 0;
	for (int i = 0; i < BLOB_WORDS; i++) {
		b->words[i] = mix(~b->node.seq + i);
		b->node.sum = fold(b->node.sum, b->words[i]);
	}
}

/* Every third node is a text. Called inside a transaction. */
static void append(struct root *root)
{
	uint64_t seq = root->count;
	int is_text = seq % 3 == 2;
	PMEMoid oid = pmemobj_tx_xalloc(is_text ? sizeof(struct text) : sizeof(struct record),
		is_text ? TYPE_TEXT : TYPE_RECORD, POBJ_XALLOC_ZERO);
	struct node *node = pmemobj_direct(oid);
	node->seq = seq;
	if (is_text)
		fill_text((struct text *)node);
	else
		fill_record((struct record *)node);
	if (OID_IS_NULL(root->tail)) {
		root->head = oid;
	} else {
		struct node *tail = pmemobj_direct(root->tail);
		pmemobj_tx_add_range_direct(&tail->next, sizeof(tail->next));
		tail->next = oid;
	}
	root->tail = oid;
	root->count++;
}

static int append_batch(PMEMobjpool *pool, struct root *root, uint64_t count)
{
	volatile int failed = 0;
	TX_BEGIN(pool) {
		pmemobj_tx_add_range_direct(root, sizeof(*root));
		root->magic = MAGIC;
		for (uint64_t i = 0; i < count; i++)
			append(root);
	} TX_ONABORT {
		failed = 1;
	} TX_END
	return failed ? -1 : 0;
}

/* One free to a transaction: a full pool has no room for the log of a larger one. */
static void drop_oldest(PMEMobjpool *pool, struct root *root)
{
	for (int i = 0; i < BATCH / 10 && root->count - root->first > 1; i++) {
		TX_BEGIN(pool) {
			pmemobj_tx_add_range_direct(root, sizeof(*root));
			struct node *oldest = pmemobj_direct(root->head);
			PMEMoid next = oldest->next;
			pmemobj_tx_free(root->head);
			root->head = next;
			root->first++;
		} TX_ONABORT {
			die("drop");
		} TX_END
	}
}

static int append_blob(PMEMobjpool *pool, struct root *root)
{
	volatile int failed = 0;
	TX_BEGIN(pool) {
		pmemobj_tx_add_range_direct(root, sizeof(*root));
		PMEMoid oid = pmemobj_tx_xalloc(sizeof(struct blob), TYPE_BLOB, POBJ_XALLOC_ZERO);
		struct blob *blob = pmemobj_direct(oid);
		blob->node.seq = root->blobs;
		blob->node.next = root->blob_head;
		fill_blob(blob);
		root->blob_head = oid;
		root->blobs++;
	} TX_ONABORT {
		failed = 1;
	} TX_END
	return failed ? -1 : 0;
}

static void fill(PMEMobjpool *pool, struct root *root, uint64_t records, uint64_t blobs, int full)
{
	while (records > 0) {
		uint64_t batch = records < BATCH ? records : BATCH;
		if (append_batch(pool, root, batch))
			die("no room for the records");
		records -= batch;
	}
	for (uint64_t i = 0; full || i < blobs; i++) {
		if (append_blob(pool, root)) {
			if (full)
				return;
			die("no room for the blobs");
		}
	}
}

static void verify_list(struct root *root, uint64_t *texts, uint64_t *digest)
{
	PMEMoid oid = root->head;
	for (uint64_t seq = root->first; seq < root->count; seq++) {
		if (OID_IS_NULL(oid))
			wrong("end of list", seq);
		int is_text = seq % 3 == 2;
		if (pmemobj_type_num(oid) != (is_text ? TYPE_TEXT : TYPE_RECORD))
			wrong("type", seq);
		struct node *node = pmemobj_direct(oid);
		if (node->seq != seq)
			wrong("sequence", seq);
		if (is_text) {
			struct text want = { .node = { .seq = seq } };
			struct text *t = (struct text *)node;
			fill_text(&want);
			if (t->length != want.length || t->node.sum != want.node.sum ||
					memcmp(t->letters, want.letters, TEXT_MAX))
				wrong("text", seq);
			(*texts)++;
		} else {
			struct record want = { .node = { .seq = seq } };
			fill_record(&want);
			if (memcmp(((struct record *)node)->values, want.values, sizeof(want.values)) ||
					node->sum != want.node.sum)
				wrong("record", seq);
		}
		*digest = fold(*digest, node->sum);
		oid = node->next;
	}
	if (!OID_IS_NULL(oid))
		wrong("list length", root->count);
}

static void verify_blobs(struct root *root, uint64_t *digest)
{
	static struct blob want;
	PMEMoid oid = root->blob_head;
	for (uint64_t left = root->blobs; left > 0; left--) {
		if (OID_IS_NULL(oid) || pmemobj_type_num(oid) != TYPE_BLOB)
			wrong("blob type", left - 1);
		struct blob *blob = pmemobj_direct(oid);
		want.node.seq = left - 1;
		fill_blob(&want);
		if (blob->node.seq != left - 1 || blob->node.sum != want.node.sum ||
				memcmp(blob->words, want.words, sizeof(want.words)))
			wrong("blob", left - 1);
		*digest = fold(*digest, blob->node.sum);
		oid = blob->node.next;
	}
	if (!OID_IS_NULL(oid))
		wrong("blob count", root->blobs);
}

/* Also asks the allocator for its own list of objects: the counts must agree with the lists. */
static void verify_heap(PMEMobjpool *pool, struct root *root)
{
	uint64_t seen[4] = { 0 };
	for (PMEMoid oid = pmemobj_first(pool); !OID_IS_NULL(oid); oid = pmemobj_next(oid)) {
		uint64_t type = pmemobj_type_num(oid);
		if (type < 4)
			seen[type]++;
	}
	if (seen[TYPE_RECORD] + seen[TYPE_TEXT] != root->count - root->first || seen[TYPE_BLOB] != root->blobs)
		wrong("object count", seen[TYPE_RECORD] + seen[TYPE_TEXT]);
}

static void verify(PMEMobjpool *pool, struct root *root)
{
	uint64_t texts = 0, digest = 0;
	if (root->magic != MAGIC && root->count > 0)
		wrong("root", 0);
	verify_list(root, &texts, &digest);
	verify_blobs(root, &digest);
	verify_heap(pool, root);
	printf("records=%" PRIu64 " texts=%" PRIu64 " blobs=%" PRIu64 " digest=%016" PRIx64 "\n",
		root->count - root->first - texts, texts, root->blobs, digest);
}

static void ready(void)
{
	puts("ready");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: walk SET fill N BLOBS|full | verify | txloop | hold\n");
		return 2;
	}
	PMEMobjpool *pool = pmemobj_open(argv[1], "walk");
	if (pool == NULL)
		die("open");
	struct root *root = pmemobj_direct(pmemobj_root(pool, sizeof(struct root)));
	const char *mode = argv[2];
	if (strcmp(mode, "fill") == 0 && argc == 5) {
		fill(pool, root, strtoull(argv[3], NULL, 10), strtoull(argv[4], NULL, 10),
			strcmp(argv[4], "full") == 0);
		verify(pool, root);
	} else if (strcmp(mode, "verify") == 0) {
		verify(pool, root);
	} else if (strcmp(mode, "txloop") == 0) {
		for (uint64_t i = 0;; i++) {
			if (append_batch(pool, root, 1 + i % 7))
				drop_oldest(pool, root);
			if (i == 0)
				ready();
		}
	} else if (strcmp(mode, "hold") == 0) {
		ready();
		for (;;)
			pause();
	} else {
		fprintf(stderr, "walk: unknown mode %s\n", mode);
		return 2;
	}
	pmemobj_close(pool);
	return 0;
}
