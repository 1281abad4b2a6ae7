/* Reads TensorBoard's event files: `follow` finds sound records, `decode` puts the summaries among
   them into columns. `importers/tensorboard/records.py` and `batch.py` are the twins in Python, and
   say what the columns are. Whatever is damaged or unusual is left to them, record by record. */

#include "native.h"

#include <stdlib.h>

#include "crc32c.h"

#define INTERFACE 1

enum {
    HEADER = 12,
    FOOTER = 4,
    /* How a field of a protocol buffer is written. */
    VARINT = 0,
    FIXED64 = 1,
    BYTES = 2,
    FIXED32 = 5,
    /* Fields of a summary's value. */
    SIMPLE = 2,
    TENSOR = 8,
    FEW_TAGS = 64,
    LONGEST_FORM = 1024,
};

/* The wire format: `importers/tensorboard/wire.py` */

typedef struct {
    uint64_t number;
    int kind;
    const unsigned char *start, *stop;
    uint64_t integer; /* of a VARINT */
} Field;

static const unsigned char *
read_varint(const unsigned char *at, const unsigned char *stop, uint64_t *number)
{
    uint64_t found = 0;
    for (int shift = 0; shift < 70; shift += 7) {
        if (at >= stop)
            return NULL;
        unsigned char byte = *at++;
        if (shift < 64)
            found |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            *number = found;
            return at;
        }
    }
    return NULL;
}

/* Read the next field; give the place behind it, NULL if there is none that fits. */
static const unsigned char *
read_field(const unsigned char *at, const unsigned char *stop, Field *field)
{
    uint64_t key, length;
    if (!(at = read_varint(at, stop, &key)))
        return NULL;
    field->number = key >> 3;
    field->kind = (int)(key & 7);
    field->start = at;
    switch (field->kind) {
    case BYTES:
        if (!(at = read_varint(at, stop, &length)) || length > (uint64_t)(stop - at))
            return NULL;
        field->start = at;
        at += length;
        break;
    case VARINT:
        if (!(at = read_varint(at, stop, &field->integer)))
            return NULL;
        break;
    case FIXED64:
    case FIXED32:
        length = field->kind == FIXED64 ? 8 : 4;
        if (length > (uint64_t)(stop - at))
            return NULL;
        at += length;
        break;
    default:
        return NULL;
    }
    field->stop = at;
    return at;
}

/* What is found */

/* How the last event of a tag was written that held one number and nothing else: the next is likely
   to differ from it in its time, its step and its number, and in no other byte. */
typedef struct {
    const unsigned char *event; /* NULL: none yet */
    uint32_t length;
    uint32_t time, step, number; /* where they stand; 0: there is none */
    uint32_t step_size, number_size;
    int which; /* place in `keys` of the tag */
} Form;

typedef struct {
    const unsigned char *name;
    size_t length;
    uint64_t hash;
    int32_t keys[3];            /* of simple values, tensors of <f4 and of <f8; -1: none yet */
    int32_t next;               /* the tag that came behind this one last */
    int32_t place;              /* among the tags of items; -1: none yet */
    const unsigned char *metadata; /* NULL: none yet */
    size_t metadata_length;
    int is_scalar;              /* whether its metadata says so */
    Form form;
} Tag;

typedef struct {
    int32_t tag, which;
} Key;

typedef struct {
    int32_t key;
    uint32_t record;
    int64_t step;
    double time, value;
} Point;

typedef struct {
    int32_t tag, kind;
    int64_t record, step;
    double time;
    int64_t start, stop;
} Item;

/* An array that grows. */
typedef struct {
    void *rows;
    size_t count, room, first; /* first: the room to begin with */
} Rows;

typedef struct {
    Rows tags, keys, points, items, rest, told; /* told: tags whose metadata was found, in order */
    int32_t *table;                             /* hash table of tags: place + 1 */
    size_t table_size;
    int32_t last;                               /* the tag met last */
    const unsigned char *data;
    int64_t *steps;
    int no_memory;
} Found;

#define ROW(rows_, type, place) (((type *)(rows_).rows)[place])

static void *
add_row(Found *found, Rows *rows, size_t size)
{
    if (rows->count == rows->room) {
        size_t room = rows->room ? 2 * rows->room : rows->first ? rows->first : 256;
        void *more = realloc(rows->rows, room * size);
        if (!more) {
            found->no_memory = 1;
            return NULL;
        }
        rows->rows = more;
        rows->room = room;
    }
    return (char *)rows->rows + size * rows->count++;
}

static uint64_t
hash_of(const unsigned char *name, size_t length)
{
    uint64_t hash = length * 0x9E3779B97F4A7C15u;
    for (; length >= 8; name += 8, length -= 8) {
        uint64_t word;
        memcpy(&word, name, 8);
        hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
        hash ^= hash >> 29;
    }
    for (; length; name++, length--)
        hash = (hash ^ *name) * 0x100000001B3u;
    return hash ^ (hash >> 32);
}

static int
grow_table(Found *found)
{
    size_t size = found->table_size ? 4 * found->table_size : 4 * FEW_TAGS;
    int32_t *table = calloc(size, sizeof *table);
    if (!table) {
        found->no_memory = 1;
        return 0;
    }
    for (size_t place = 0; place < found->tags.count; place++) {
        size_t slot = ROW(found->tags, Tag, place).hash & (size - 1);
        while (table[slot])
            slot = (slot + 1) & (size - 1);
        table[slot] = (int32_t)place + 1;
    }
    free(found->table);
    found->table = table;
    found->table_size = size;
    return 1;
}

static int
is_named(const Tag *tag, const unsigned char *name, size_t length)
{
    return tag->length == length && memcmp(tag->name, name, length) == 0;
}

/* Give the number of a tag, -1 if there is no memory for another. */
static int32_t
tag_of(Found *found, const unsigned char *name, size_t length)
{
    /* Training loops write the same tags in the same order again and again. */
    if (found->last >= 0) {
        int32_t next = ROW(found->tags, Tag, found->last).next;
        if (next >= 0 && is_named(&ROW(found->tags, Tag, next), name, length))
            return found->last = next;
    }
    if (2 * (found->tags.count + 1) > found->table_size && !grow_table(found))
        return -1;
    uint64_t hash = hash_of(name, length);
    size_t slot = hash & (found->table_size - 1);
    int32_t place = -1;
    while (found->table[slot]) {
        Tag *tag = &ROW(found->tags, Tag, found->table[slot] - 1);
        if (tag->hash == hash && is_named(tag, name, length)) {
            place = found->table[slot] - 1;
            break;
        }
        slot = (slot + 1) & (found->table_size - 1);
    }
    if (place < 0) {
        Tag *tag = add_row(found, &found->tags, sizeof *tag);
        if (!tag)
            return -1;
        *tag = (Tag){.name = name, .length = length, .hash = hash, .keys = {-1, -1, -1},
                     .next = -1, .place = -1};
        place = (int32_t)found->tags.count - 1;
        found->table[slot] = place + 1;
    }
    if (found->last >= 0)
        ROW(found->tags, Tag, found->last).next = place;
    return found->last = place;
}

/* Tensors of one number */

static int
is_one(const Field *shape)
{
    Field field, inner;
    for (const unsigned char *at = shape->start; at < shape->stop;) {
        if (!(at = read_field(at, shape->stop, &field)))
            return 0;
        if (field.number != 2)
            continue;
        int told = 0;
        if (field.kind != BYTES)
            return 0;
        for (const unsigned char *place = field.start; place < field.stop;) {
            if (!(place = read_field(place, field.stop, &inner)))
                return 0;
            if (inner.number != 1)
                continue;
            if (inner.kind != VARINT || inner.integer != 1 || told)
                return 0;
            told = 1;
        }
        if (!told)
            return 0;
    }
    return 1;
}

/* Give the number of 4 or 8 bytes at a place. */
static double
number_at(const unsigned char *at, size_t width)
{
    float narrow;
    double wide;
    if (width == 4) {
        memcpy(&narrow, at, 4);
        return narrow;
    }
    memcpy(&wide, at, 8);
    return wide;
}

/* Give 1 for a tensor of one <f4, 2 for one of <f8, 0 for any other; and where the number stands. */
static int
find_number(const Field *tensor, Field *number)
{
    Field field, held = {0};
    uint64_t type = 0;
    int seen = 0;
    for (const unsigned char *at = tensor->start; at < tensor->stop;) {
        if (!(at = read_field(at, tensor->stop, &field)) || field.number > 6 || !field.number
            || (seen & 1 << field.number))
            return 0;
        seen |= 1 << field.number;
        switch (field.number) {
        case 1:
            if (field.kind != VARINT)
                return 0;
            type = field.integer;
            break;
        case 2:
            if (field.kind != BYTES || !is_one(&field))
                return 0;
            break;
        case 3: /* the version */
            break;
        default:
            if (held.start)
                return 0;
            held = field;
        }
    }
    size_t width = type == 1 ? 4 : type == 2 ? 8 : 0;
    if (!width || !held.start || (size_t)(held.stop - held.start) != width)
        return 0;
    if (held.number == 4 ? held.kind != BYTES
                         : held.number != 4 + type
                               || (held.kind != BYTES
                                   && held.kind != (type == 1 ? FIXED32 : FIXED64)))
        return 0;
    *number = held;
    return (int)type;
}

/* Metadata */

/* Check what `read_metadata` of events.py checks; say whether the plugin is that of scalars. */
static int
read_metadata(const Field *metadata, int *is_scalar)
{
    Field field, inner;
    *is_scalar = 0;
    for (const unsigned char *at = metadata->start; at < metadata->stop;) {
        if (!(at = read_field(at, metadata->stop, &field)))
            return 0;
        if (field.number < 1 || field.number > 3)
            continue;
        if (field.kind != BYTES)
            return 0;
        if (field.number != 1)
            continue;
        *is_scalar = 0;
        for (const unsigned char *place = field.start; place < field.stop;) {
            if (!(place = read_field(place, field.stop, &inner)))
                return 0;
            if (inner.number != 1 && inner.number != 2)
                continue;
            if (inner.kind != BYTES)
                return 0;
            if (inner.number == 1)
                *is_scalar = inner.stop - inner.start == 7
                    && memcmp(inner.start, "scalars", 7) == 0;
        }
    }
    return 1;
}

/* Events */

typedef struct {
    uint32_t record;
    int64_t step;
    double time;
} Moment;

static int
add_point(Found *found, int32_t tag, int which, const Moment *moment, double value)
{
    int32_t key = ROW(found->tags, Tag, tag).keys[which];
    if (key < 0) {
        Key *fresh = add_row(found, &found->keys, sizeof *fresh);
        if (!fresh)
            return 0;
        *fresh = (Key){tag, which};
        key = (int32_t)found->keys.count - 1;
        ROW(found->tags, Tag, tag).keys[which] = key;
    }
    Point *point = add_row(found, &found->points, sizeof *point);
    if (!point)
        return 0;
    *point = (Point){key, moment->record, moment->step, moment->time, value};
    return 1;
}

static int
tell_metadata(Found *found, int32_t tag, const Field *metadata, int is_scalar)
{
    Tag *known = &ROW(found->tags, Tag, tag);
    if (known->metadata)
        return 1;
    int32_t *row = add_row(found, &found->told, sizeof *row);
    if (!row)
        return 0;
    *row = tag;
    known->metadata = metadata->start;
    known->metadata_length = (size_t)(metadata->stop - metadata->start);
    known->is_scalar = is_scalar;
    return 1;
}

/* Whether tensors of one number are scalars under this tag. */
static int
may_be_scalar(const Tag *tag)
{
    return !tag->metadata || tag->is_scalar;
}

/* Take a summary's value, and say where its number stands if it is one; 0 if the event is to be left
   to Python. */
static int
take_value(Found *found, const Field *value, const Moment *moment, Field *plain)
{
    Field field, tag = {0}, node = {0}, held = {0}, metadata = {0};
    int is_scalar = 0;
    for (const unsigned char *at = value->start; at < value->stop;) {
        if (!(at = read_field(at, value->stop, &field)))
            return 0;
        switch (field.number) {
        case 1:
        case 7:
        case 9:
            if (field.kind != BYTES)
                return 0;
            if (field.number == 9 && !read_metadata(&field, &is_scalar))
                return 0;
            *(field.number == 1 ? &tag : field.number == 7 ? &node : &metadata) = field;
            break;
        case SIMPLE:
            if (field.kind != FIXED32)
                return 0;
            held = field;
            break;
        case 3:
        case 4:
        case 5:
        case 6:
        case TENSOR:
            if (field.kind != BYTES)
                return 0;
            held = field;
        }
    }
    /* Before there were plugins, a tensor was known by the node of the graph that made it. */
    if (held.number == TENSOR && tag.start == tag.stop)
        tag = node;
    int32_t number = tag_of(found, tag.start ? tag.start : (const unsigned char *)"",
                            (size_t)(tag.stop - tag.start));
    if (number < 0 || (metadata.start && !tell_metadata(found, number, &metadata, is_scalar)))
        return 0;
    if (held.number == SIMPLE) {
        *plain = held;
        return add_point(found, number, 0, moment, number_at(held.start, 4));
    }
    const Tag *known = &ROW(found->tags, Tag, number);
    if (held.number == TENSOR && may_be_scalar(known)) {
        int type = find_number(&held, plain);
        if (type)
            return add_point(found, number, type, moment,
                             number_at(plain->start, type == 1 ? 4 : 8));
    }
    Item *item = add_row(found, &found->items, sizeof *item);
    if (!item)
        return 0;
    int64_t start = held.start ? held.start - found->data : value->start - found->data;
    int64_t stop = held.start ? held.stop - found->data : start;
    *item = (Item){number, (int32_t)held.number, moment->record, moment->step, moment->time,
                   start, stop};
    return 1;
}

/* Remember how an event was written that held one number. */
static void
keep_form(Found *found, const unsigned char *start, const unsigned char *stop, const Field *time,
          const Field *step, const Field *number)
{
    if (stop - start > LONGEST_FORM || (time->start && step->start && time->start > step->start)
        || (step->start && step->start > number->start)
        || (time->start && time->start > number->start))
        return;
    ROW(found->tags, Tag, found->last).form = (Form){
        .event = start,
        .length = (uint32_t)(stop - start),
        .time = time->start ? (uint32_t)(time->start - start) : 0,
        .step = step->start ? (uint32_t)(step->start - start) : 0,
        .step_size = (uint32_t)(step->stop - step->start),
        .number = (uint32_t)(number->start - start),
        .number_size = (uint32_t)(number->stop - number->start),
        .which = number->number == SIMPLE ? 0 : number->stop - number->start == 4 ? 1 : 2,
    };
}

/* Read a number written in so many bytes, neither more nor fewer. */
static int
read_step(const unsigned char *at, size_t size, int64_t *step)
{
    uint64_t number;
    if (read_varint(at, at + size, &number) != at + size)
        return 0;
    *step = (int64_t)number;
    return 1;
}

/* Take an event that is written like the last one of the tag that comes next, as nearly all are;
   0 if it is not. */
static int
take_alike(Found *found, uint32_t record, const unsigned char *start, size_t length)
{
    int32_t number = found->last < 0 ? -1 : ROW(found->tags, Tag, found->last).next;
    if (number < 0)
        return 0;
    const Tag *tag = &ROW(found->tags, Tag, number);
    const Form *form = &tag->form;
    if (form->length != length || !form->event)
        return 0;
    Moment moment = {.record = record};
    size_t same = 0; /* everything before this place is compared */
    if (form->time) {
        if (memcmp(start, form->event, form->time) != 0)
            return 0;
        memcpy(&moment.time, start + form->time, 8);
        same = form->time + 8;
    }
    if (form->step) {
        if (memcmp(start + same, form->event + same, form->step - same) != 0
            || !read_step(start + form->step, form->step_size, &moment.step))
            return 0;
        same = form->step + form->step_size;
    }
    size_t behind = form->number + form->number_size;
    if (memcmp(start + same, form->event + same, form->number - same) != 0
        || memcmp(start + behind, form->event + behind, length - behind) != 0)
        return 0;
    if (form->which && !may_be_scalar(tag))
        return 0;
    found->steps[record] = moment.step;
    found->last = number;
    return add_point(found, number, form->which, &moment,
                     number_at(start + form->number, form->number_size));
}

/* Take an event that holds a summary and nothing else; 0 if it is to be left to Python. */
static int
take_event(Found *found, uint32_t record, const unsigned char *start, const unsigned char *stop)
{
    Field field, value, time = {0}, step = {0}, number = {0};
    Moment moment = {.record = record};
    Field summary = {0};
    int summaries = 0, values = 0;
    for (const unsigned char *at = start; at < stop;) {
        if (!(at = read_field(at, stop, &field)))
            return 0;
        if (field.number == 1 && field.kind == FIXED64)
            memcpy(&moment.time, (time = field).start, 8);
        else if (field.number == 2 && field.kind == VARINT)
            moment.step = (int64_t)(step = field).integer;
        else if (field.number == 5 && field.kind == BYTES && !summaries++)
            summary = field;
        else
            return 0;
    }
    if (!summaries)
        return 0;
    found->steps[record] = moment.step;
    for (const unsigned char *at = summary.start; at < summary.stop;) {
        if (!(at = read_field(at, summary.stop, &value)))
            return 0;
        if (value.number != 1)
            continue;
        number = (Field){0};
        if (value.kind != BYTES || !take_value(found, &value, &moment, &number))
            return 0;
        values++;
    }
    if (values == 1 && number.start)
        keep_form(found, start, stop, &time, &step, &number);
    return 1;
}

static void
take_all(Found *found, const int64_t *starts, const int64_t *lengths, size_t n_records)
{
    for (size_t record = 0; record < n_records && !found->no_memory; record++) {
        const unsigned char *start = found->data + starts[record];
        size_t points = found->points.count, items = found->items.count, told = found->told.count;
        if (take_alike(found, (uint32_t)record, start, (size_t)lengths[record])
            || take_event(found, (uint32_t)record, start, start + lengths[record]))
            continue;
        found->points.count = points;
        found->items.count = items;
        while (found->told.count > told)
            ROW(found->tags, Tag, ROW(found->told, int32_t, --found->told.count)).metadata = NULL;
        found->steps[record] = 0;
        int64_t *rest = add_row(found, &found->rest, sizeof *rest);
        if (rest)
            *rest = (int64_t)record;
    }
}

/* Giving it to Python */

/* Make room that Python owns and NumPy may write to. */
static PyObject *
room_for(size_t count, size_t size, void **rows)
{
    PyObject *room = PyByteArray_FromStringAndSize(NULL, (Py_ssize_t)(count * size));
    *rows = room ? PyByteArray_AsString(room) : NULL;
    return room;
}

/* Copy rows into room that Python owns. */
static PyObject *
room_of(const Rows *rows, size_t size)
{
    return PyByteArray_FromStringAndSize(rows->rows, (Py_ssize_t)(rows->count * size));
}

static void
fill_columns(const Found *found, void **columns, int64_t *next)
{
    int64_t *ends = columns[0], *steps = columns[2];
    uint32_t *records = columns[1];
    double *times = columns[3], *values = columns[4];
    for (size_t place = 0; place < found->points.count; place++)
        next[ROW(found->points, Point, place).key + 1]++;
    for (size_t key = 0; key < found->keys.count; key++)
        ends[key] = next[key + 1] += next[key];
    for (size_t place = 0; place < found->points.count; place++) {
        const Point *point = &ROW(found->points, Point, place);
        int64_t row = next[point->key]++;
        records[row] = point->record;
        steps[row] = point->step;
        times[row] = point->time;
        values[row] = point->value;
    }
}

/* Columns of the points, key by key: ends, records, steps, times, values. */
static PyObject *
columns_of(const Found *found)
{
    static const size_t sizes[5] = {8, 4, 8, 8, 8};
    void *columns[5];
    int64_t *next = calloc(found->keys.count + 1, sizeof *next);
    PyObject *all = PyTuple_New(5);
    int failed = !next || !all;
    for (int place = 0; place < 5 && !failed; place++) {
        size_t count = place ? found->points.count : found->keys.count;
        PyObject *room = room_for(count, sizes[place], &columns[place]);
        failed = !room || PyTuple_SetItem(all, place, room) < 0;
    }
    if (!failed) {
        Py_BEGIN_ALLOW_THREADS
        fill_columns(found, columns, next);
        Py_END_ALLOW_THREADS
    }
    free(next);
    if (failed) {
        Py_XDECREF(all);
        return PyErr_Occurred() ? NULL : PyErr_NoMemory();
    }
    return all;
}

/* A list of (tag, which type). */
static PyObject *
keys_of(const Found *found)
{
    PyObject *keys = PyList_New((Py_ssize_t)found->keys.count);
    for (size_t place = 0; keys && place < found->keys.count; place++) {
        const Key *key = &ROW(found->keys, Key, place);
        const Tag *tag = &ROW(found->tags, Tag, key->tag);
        PyObject *pair = Py_BuildValue("(y#i)", tag->name, (Py_ssize_t)tag->length, key->which);
        if (!pair)
            Py_CLEAR(keys);
        else
            PyList_SetItem(keys, (Py_ssize_t)place, pair);
    }
    return keys;
}

/* Put the tags of the items into a list, and give each its place there. */
static int
name_items(const Found *found, PyObject *tags)
{
    for (size_t row = 0; row < found->items.count; row++) {
        Tag *tag = &ROW(found->tags, Tag, ROW(found->items, Item, row).tag);
        if (tag->place >= 0)
            continue;
        tag->place = (int32_t)PyList_Size(tags);
        PyObject *name
            = PyBytes_FromStringAndSize((const char *)tag->name, (Py_ssize_t)tag->length);
        int failed = !name || PyList_Append(tags, name) < 0;
        Py_XDECREF(name);
        if (failed)
            return 0;
    }
    return 1;
}

static void
fill_items(const Found *found, void **columns)
{
    for (size_t row = 0; row < found->items.count; row++) {
        const Item *item = &ROW(found->items, Item, row);
        ((int64_t *)columns[0])[row] = ROW(found->tags, Tag, item->tag).place;
        ((int64_t *)columns[1])[row] = item->kind;
        ((int64_t *)columns[2])[row] = item->record;
        ((int64_t *)columns[3])[row] = item->step;
        ((double *)columns[4])[row] = item->time;
        ((int64_t *)columns[5])[row] = item->start;
        ((int64_t *)columns[6])[row] = item->stop;
    }
}

/* The tags that have items, and the columns: tags, kinds, records, steps, times, starts, stops. */
static PyObject *
items_of(const Found *found)
{
    void *columns[7];
    PyObject *all = PyTuple_New(8), *tags = PyList_New(0);
    int failed = !all || !tags || !name_items(found, tags);
    if (all && tags)
        failed |= PyTuple_SetItem(all, 0, tags) < 0;
    else
        Py_XDECREF(tags);
    for (int place = 0; place < 7 && !failed; place++) {
        PyObject *room = room_for(found->items.count, 8, &columns[place]);
        failed = !room || PyTuple_SetItem(all, place + 1, room) < 0;
    }
    if (failed) {
        Py_XDECREF(all);
        return NULL;
    }
    fill_items(found, columns);
    return all;
}

/* A dict: tag -> the metadata found first. */
static PyObject *
metadata_of(const Found *found)
{
    PyObject *told = PyDict_New();
    for (size_t place = 0; told && place < found->told.count; place++) {
        const Tag *tag = &ROW(found->tags, Tag, ROW(found->told, int32_t, place));
        PyObject *name
            = PyBytes_FromStringAndSize((const char *)tag->name, (Py_ssize_t)tag->length);
        PyObject *content = PyBytes_FromStringAndSize((const char *)tag->metadata,
                                                      (Py_ssize_t)tag->metadata_length);
        if (!name || !content || PyDict_SetItem(told, name, content) < 0)
            Py_CLEAR(told);
        Py_XDECREF(name);
        Py_XDECREF(content);
    }
    return told;
}

static int
read_buffers(PyObject *const *arguments, Py_ssize_t count, Py_buffer *buffers)
{
    for (Py_ssize_t place = 0; place < count; place++)
        if (PyObject_GetBuffer(arguments[place], &buffers[place], PyBUF_SIMPLE) < 0) {
            while (place--)
                PyBuffer_Release(&buffers[place]);
            return 0;
        }
    return 1;
}

static int
are_within(const Py_buffer *data, const Py_buffer *starts, const Py_buffer *lengths)
{
    if (starts->len != lengths->len || starts->len % 8 || starts->len / 8 > UINT32_MAX)
        return 0;
    const int64_t *start = starts->buf, *length = lengths->buf;
    for (Py_ssize_t place = 0; place < starts->len / 8; place++)
        if (start[place] < 0 || length[place] < 0 || start[place] > data->len
            || length[place] > data->len - start[place])
            return 0;
    return 1;
}

/* decode(data, starts, lengths) -> keys, columns, items, metadata, rest, steps */
static PyObject *
decode(PyObject *module, PyObject *const *arguments, Py_ssize_t count)
{
    (void)module;
    Py_buffer buffers[3];
    if (count != 3) {
        PyErr_SetString(PyExc_TypeError, "decode takes data, starts and lengths");
        return NULL;
    }
    if (!read_buffers(arguments, 3, buffers))
        return NULL;
    PyObject *answer = NULL, *parts[6] = {NULL};
    Found found = {.last = -1, .data = buffers[0].buf};
    found.points.first = (size_t)buffers[1].len / 8; /* most logs hold little but scalars */
    if (!are_within(&buffers[0], &buffers[1], &buffers[2])) {
        PyErr_SetString(PyExc_ValueError, "records must lie within the data");
        goto done;
    }
    size_t n_records = (size_t)buffers[1].len / 8;
    void *steps;
    if (!(parts[5] = room_for(n_records, sizeof *found.steps, &steps)))
        goto done;
    found.steps = steps;
    Py_BEGIN_ALLOW_THREADS
    take_all(&found, buffers[1].buf, buffers[2].buf, n_records);
    Py_END_ALLOW_THREADS
    if (found.no_memory) {
        PyErr_NoMemory();
        goto done;
    }
    if ((parts[0] = keys_of(&found)) && (parts[1] = columns_of(&found))
        && (parts[2] = items_of(&found)) && (parts[3] = metadata_of(&found))
        && (parts[4] = room_of(&found.rest, sizeof(int64_t))))
        answer = PyTuple_Pack(6, parts[0], parts[1], parts[2], parts[3], parts[4], parts[5]);
done:
    for (int place = 0; place < 6; place++)
        Py_XDECREF(parts[place]);
    free(found.tags.rows);
    free(found.keys.rows);
    free(found.points.rows);
    free(found.items.rows);
    free(found.rest.rows);
    free(found.told.rows);
    free(found.table);
    for (int place = 0; place < 3; place++)
        PyBuffer_Release(&buffers[place]);
    return answer;
}

/* Records */

/* Give the length of the sound record at a place, -1 if there is none. */
static int64_t
sound_record(const unsigned char *data, size_t size)
{
    uint64_t length;
    uint32_t check;
    if (size < HEADER + FOOTER)
        return -1;
    memcpy(&length, data, 8);
    memcpy(&check, data + 8, 4);
    if (length > size - HEADER - FOOTER || check != crc32c_masked(data, 8))
        return -1;
    memcpy(&check, data + HEADER + length, 4);
    return check == crc32c_masked(data + HEADER, length) ? (int64_t)length : -1;
}

/* follow(data, at) -> starts, lengths, place behind the last sound record */
static PyObject *
follow(PyObject *module, PyObject *const *arguments, Py_ssize_t count)
{
    (void)module;
    Py_buffer buffer;
    if (count != 2) {
        PyErr_SetString(PyExc_TypeError, "follow takes data and at");
        return NULL;
    }
    Py_ssize_t at = PyLong_AsSsize_t(arguments[1]);
    if ((at == -1 && PyErr_Occurred()) || !read_buffers(arguments, 1, &buffer))
        return NULL;
    const unsigned char *data = buffer.buf;
    Found found = {0};
    Rows starts = {0}, lengths = {0};
    Py_BEGIN_ALLOW_THREADS
    while (at >= 0 && at < buffer.len && !found.no_memory) {
        int64_t length = sound_record(data + at, (size_t)(buffer.len - at));
        int64_t *start, *row;
        if (length < 0 || !(start = add_row(&found, &starts, sizeof *start))
            || !(row = add_row(&found, &lengths, sizeof *row)))
            break;
        *start = at + HEADER;
        *row = length;
        at += HEADER + length + FOOTER;
    }
    Py_END_ALLOW_THREADS
    PyObject *answer = NULL;
    if (found.no_memory) {
        PyErr_NoMemory();
    } else {
        PyObject *first = room_of(&starts, 8), *second = room_of(&lengths, 8);
        if (first && second)
            answer = Py_BuildValue("(OOn)", first, second, at);
        Py_XDECREF(first);
        Py_XDECREF(second);
    }
    free(starts.rows);
    free(lengths.rows);
    PyBuffer_Release(&buffer);
    return answer;
}

/* The module */

static PyMethodDef methods[] = {
    {"decode", (PyCFunction)(void (*)(void))decode, METH_FASTCALL,
     "decode(data, starts, lengths) -> keys, columns, items, metadata, rest, steps"},
    {"follow", (PyCFunction)(void (*)(void))follow, METH_FASTCALL,
     "follow(data, at) -> starts, lengths, place behind the last sound record"},
    {NULL, NULL, 0, NULL},
};

static int
fill_module(PyObject *module)
{
    crc32c_prepare();
    return PyModule_AddIntConstant(module, "INTERFACE", INTERFACE);
}

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, fill_module},
    {0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "bathyscope._native._events",
    .m_methods = methods,
    .m_slots = module_slots,
};

PyMODINIT_FUNC
PyInit__events(void)
{
    return PyModuleDef_Init(&module);
}
