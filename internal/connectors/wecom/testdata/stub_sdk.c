/* A stand-in for libWeWorkFinanceSdk_C.so with the same interface, for tests.
 *
 * It serves FIXTURE_DIR/chatdata.json and FIXTURE_DIR/media.bin. A message is
 * "sealed" as the hex of its bytes, each xored with the key in turn. Sequence
 * numbers above CRASH make it abort, hang, or complain.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct { char *buf; int len; } Slice_t;
typedef struct { char *outindexbuf; int out_len; char *data; int data_len; int is_finish; } MediaData_t;
typedef struct { int ready; } WeWorkFinanceSdk_t;

#define CRASH 900000000ull
#define HANG (CRASH + 1)
#define TOO_LARGE (CRASH + 2)
#define CHUNK (512 * 1024)

static int live; /* slices and media data not yet freed */

WeWorkFinanceSdk_t *NewSdk(void) { return calloc(1, sizeof(WeWorkFinanceSdk_t)); }
void DestroySdk(WeWorkFinanceSdk_t *sdk) { free(sdk); }

int Init(WeWorkFinanceSdk_t *sdk, const char *corpid, const char *secret) {
	if (strcmp(corpid, "ww0test") != 0 || strcmp(secret, "archive-secret") != 0)
		return 10000;
	sdk->ready = 1;
	return 0;
}

Slice_t *NewSlice(void) { live++; return calloc(1, sizeof(Slice_t)); }
void FreeSlice(Slice_t *s) { live--; free(s->buf); free(s); }
char *GetContentFromSlice(Slice_t *s) { return s->buf; }
int GetSliceLen(Slice_t *s) { return s->len; }

static char *read_file(const char *name, long *size) {
	char path[4096];
	snprintf(path, sizeof path, "%s/%s", FIXTURE_DIR, name);
	FILE *f = fopen(path, "rb");
	if (!f)
		return NULL;
	fseek(f, 0, SEEK_END);
	*size = ftell(f);
	rewind(f);
	char *buf = malloc(*size + 1);
	*size = (long)fread(buf, 1, *size, f);
	fclose(f);
	return buf;
}

int GetChatData(WeWorkFinanceSdk_t *sdk, unsigned long long seq, unsigned int limit,
                const char *proxy, const char *passwd, int timeout, Slice_t *out) {
	long size;
	if (!sdk->ready || limit == 0 || limit > 1000 || timeout < 1)
		return 10000;
	if (live != 1)
		return 10003; /* an earlier slice was not freed */
	if (strcmp(proxy, "socks5://127.0.0.1:1080") != 0 || strcmp(passwd, "user:word") != 0)
		return 10001;
	if (seq == CRASH) {
		fprintf(stderr, "stub: aborting with archive-secret in hand\n");
		abort();
	}
	if (seq == HANG)
		sleep(60);
	if (seq == TOO_LARGE && limit > 100)
		return 301058;
	out->buf = read_file("chatdata.json", &size);
	out->len = (int)size;
	return out->buf ? 0 : 10003;
}

int DecryptData(const char *key, const char *msg, Slice_t *out) {
	size_t n = strlen(msg) / 2, k = strlen(key);
	if (k == 0 || strlen(msg) % 2 != 0)
		return 10008;
	out->buf = malloc(n + 1);
	out->len = (int)n;
	for (size_t i = 0; i < n; i++) {
		unsigned int byte;
		if (sscanf(msg + 2 * i, "%2x", &byte) != 1)
			return 10008;
		out->buf[i] = (char)(byte ^ (unsigned char)key[i % k]);
	}
	return 0;
}

MediaData_t *NewMediaData(void) { live++; return calloc(1, sizeof(MediaData_t)); }
void FreeMediaData(MediaData_t *m) { live--; free(m->outindexbuf); free(m->data); free(m); }
char *GetOutIndexBuf(MediaData_t *m) { return m->outindexbuf; }
char *GetData(MediaData_t *m) { return m->data; }
int GetIndexLen(MediaData_t *m) { return m->out_len; }
int GetDataLen(MediaData_t *m) { return m->data_len; }
int IsMediaDataFinish(MediaData_t *m) { return m->is_finish; }

int GetMediaData(WeWorkFinanceSdk_t *sdk, const char *indexbuf, const char *fileid,
                 const char *proxy, const char *passwd, int timeout, MediaData_t *out) {
	long size, from = 0;
	(void)proxy, (void)passwd, (void)timeout;
	if (!sdk->ready || strcmp(fileid, "media.bin") != 0)
		return 10005;
	if (*indexbuf && sscanf(indexbuf, "Range:bytes=%ld-", &from) != 1)
		return 10000;
	char *all = read_file(fileid, &size);
	if (!all || from > size)
		return 10000;
	long n = size - from < CHUNK ? size - from : CHUNK;
	out->data = malloc(n + 1);
	memcpy(out->data, all + from, n);
	free(all);
	out->data_len = (int)n;
	out->is_finish = from + n == size;
	out->outindexbuf = malloc(64);
	out->out_len = snprintf(out->outindexbuf, 64, "Range:bytes=%ld-%ld", from + n, from + n + CHUNK - 1);
	return 0;
}
