/* latency-probe: Perigee's own measuring title. An X11 program (Xlib, XInput 2) whose picture says what happened and when.
 *
 * Picture, for a screen of W x H pixels (it follows every change of the root window's size):
 *   patch      top-left quarter, 0,0 .. W/2,H/2: flips between black and white, once per key press, button press or touch begin.
 *   touches    top-right quarter: one 48x48 square per finger, its centre where the finger is (cut at the quarter's edges), in a colour
 *              of its own by order of arrival: red, green, blue, yellow, magenta, cyan, orange, white. Gone when the finger lifts.
 *   bar        lower-left quarter above the code strip: an orange bar that moves 7 pixels a frame (animation only).
 *   rectangles right half above the code strip: 60 rectangles of 40x40 pixels a frame in random colours (animation only, fixed seed).
 *   code       strip of 2*C pixels at the bottom edge, full width, grey 0x808080. C is 32 where W >= 544, else 16. The code begins at
 *              x = C: 16 columns of C pixels, the most significant bit left. Upper row (y from H-2C): white = 1, black = 0.
 *              Lower row (y from H-C): the inverse. A reader samples the cells' centres; a column whose two cells do not differ by
 *              half of the range makes the code invalid (torn, unfinished or a foreign picture). The value counts drawn frames modulo 65536.
 * Keys: T also plays 440 Hz for 0.6 s through pacat; A also starts and stops the animation. Repeated keys are not counted.
 * Option: --animate starts with the animation on.
 */
#include <X11/XKBlib.h>
#include <X11/Xatom.h>
#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <X11/extensions/XInput2.h>
#include <X11/keysym.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define FRAME_NS 16666667L
#define RECTANGLES_PER_FRAME 60
#define RECTANGLE_PX 40
#define BAR_PX 60
#define BAR_STEP_PX 7
#define TOUCH_PX 48
#define MAX_TOUCHES 10
#define CODE_BITS 16

#define BLACK 0x000000UL
#define WHITE 0xffffffUL
#define GREY 0x808080UL
#define DARK 0x303030UL
#define ORANGE 0xff8000UL

struct touch {
  bool is_down;
  int id;
  int x, y;
  unsigned long color;
};

static struct {
  Display *display;
  Window window;
  GC gc;
  int width, height;
  int xi_opcode;
  Atom delete_window;
  bool is_patch_white;
  bool is_animated;
  int timer;
  int bar_x;
  uint16_t frames;
  struct touch touches[MAX_TOUCHES];
  unsigned touches_seen;
} app;

static void fill(unsigned long color, int x, int y, int width, int height) {
  if (width <= 0 || height <= 0) return;
  XSetForeground(app.display, app.gc, color);
  XFillRectangle(app.display, app.window, app.gc, x, y, (unsigned)width, (unsigned)height);
}

/* A random number below `limit`, 0 on a screen that is too small for any. */
static int random_below(int limit) { return limit > 0 ? rand() % limit : 0; }

static int code_cell(void) { return app.width >= 544 ? 32 : 16; }

static int code_top(void) { return app.height - 2 * code_cell(); }

/* Counts the frame and writes its number: two requests, so that the capture sees old or new cells and rarely a mix. */
static void draw_code(void) {
  XRectangle white[CODE_BITS], black[CODE_BITS];
  const int cell = code_cell();
  app.frames++;
  for (int i = 0; i < CODE_BITS; i++) {
    const bool is_one = (app.frames >> (CODE_BITS - 1 - i)) & 1;
    const short x = (short)(cell * (1 + i));
    const short upper = (short)code_top(), lower = (short)(code_top() + cell);
    white[i] = (XRectangle){x, is_one ? upper : lower, (unsigned short)cell, (unsigned short)cell};
    black[i] = (XRectangle){x, is_one ? lower : upper, (unsigned short)cell, (unsigned short)cell};
  }
  XSetForeground(app.display, app.gc, WHITE);
  XFillRectangles(app.display, app.window, app.gc, white, CODE_BITS);
  XSetForeground(app.display, app.gc, BLACK);
  XFillRectangles(app.display, app.window, app.gc, black, CODE_BITS);
}

static void draw_patch(void) {
  fill(app.is_patch_white ? WHITE : BLACK, 0, 0, app.width / 2, app.height / 2);
}

static void draw_touches(void) {
  const int left = app.width / 2, bottom = app.height / 2;
  for (int i = 0; i < MAX_TOUCHES; i++) {
    const struct touch *t = &app.touches[i];
    if (!t->is_down) continue;
    int x0 = t->x - TOUCH_PX / 2, y0 = t->y - TOUCH_PX / 2;
    int x1 = x0 + TOUCH_PX, y1 = y0 + TOUCH_PX;
    if (x0 < left) x0 = left;
    if (y0 < 0) y0 = 0;
    if (x1 > app.width) x1 = app.width;
    if (y1 > bottom) y1 = bottom;
    fill(t->color, x0, y0, x1 - x0, y1 - y0);
  }
}

static void draw_all(void) {
  fill(DARK, 0, 0, app.width, code_top());
  fill(GREY, 0, code_top(), app.width, 2 * code_cell());
  draw_patch();
  draw_touches();
  draw_code();
  XFlush(app.display);
}

/* One animated frame: all of it straight to the window, then one flush. */
static void draw_frame(void) {
  const int half = app.width / 2, bottom = code_top();
  for (int i = 0; i < RECTANGLES_PER_FRAME; i++) {
    const unsigned long color = (unsigned long)rand() & 0xffffffUL;
    const int x = half + random_below(app.width - half - RECTANGLE_PX);
    const int y = random_below(bottom - RECTANGLE_PX);
    fill(color, x, y, RECTANGLE_PX, RECTANGLE_PX);
  }
  fill(DARK, 0, app.height / 2, half, bottom - app.height / 2);
  app.bar_x = half > BAR_PX ? (app.bar_x + BAR_STEP_PX) % (half - BAR_PX) : 0;
  fill(ORANGE, app.bar_x, app.height / 2, BAR_PX, bottom - app.height / 2);
  draw_touches();
  draw_code();
  XFlush(app.display);
}

/* The answer to an input, drawn before anything else is looked at. */
static void flip_patch(void) {
  app.is_patch_white = !app.is_patch_white;
  draw_patch();
  draw_code();
  XFlush(app.display);
}

/* Absolute deadlines 1/60 s apart, so that a late frame does not move the later ones. */
static void set_animation(bool is_on) {
  struct itimerspec when;
  memset(&when, 0, sizeof when);
  if (is_on) {
    clock_gettime(CLOCK_MONOTONIC, &when.it_value);
    when.it_interval.tv_nsec = FRAME_NS;
  }
  app.is_animated = is_on;
  timerfd_settime(app.timer, TFD_TIMER_ABSTIME, &when, NULL);
}

/* A triangle wave would do, but a sine is one clean line in a spectrum: the recurrence s[n] = 2 cos(w) s[n-1] - s[n-2]. */
static void write_tone(FILE *out) {
  enum { RATE = 48000, SAMPLES = RATE * 6 / 10, RAMP = RATE / 200 };
  const double two_cos_w = 1.9966836332280566; /* 2 cos(2 pi 440 / 48000) */
  double before = -0.05756402695956718, now = 0.0; /* sin(-w), sin(0) */
  for (int n = 0; n < SAMPLES; n++) {
    const int edge = n < SAMPLES - n ? n : SAMPLES - n;
    const double gain = edge < RAMP ? (double)edge / RAMP : 1.0;
    const int16_t sample = (int16_t)(now * gain * 12000.0);
    const int16_t frame[2] = {sample, sample};
    if (fwrite(frame, sizeof frame, 1, out) != 1) return;
    const double next = two_cos_w * now - before;
    before = now;
    now = next;
  }
}

/* A child plays, so that a sound server that stalls never stalls the picture. */
static void play_tone(void) {
  if (fork() != 0) return;
  signal(SIGCHLD, SIG_DFL);
  FILE *out = popen("exec pacat --playback --raw --rate=48000 --channels=2 --format=s16le --latency-msec=20", "w");
  if (out != NULL) {
    write_tone(out);
    pclose(out);
  }
  _exit(0);
}

static struct touch *find_touch(int id, bool may_add) {
  static const unsigned long colors[] = {0xff0000, 0x00ff00, 0x0000ff, 0xffff00,
                                         0xff00ff, 0x00ffff, 0xff8000, 0xffffff};
  struct touch *unused = NULL;
  bool is_any_down = false;
  for (int i = 0; i < MAX_TOUCHES; i++) {
    struct touch *t = &app.touches[i];
    if (t->is_down && t->id == id) return t;
    if (t->is_down) is_any_down = true;
    else if (unused == NULL) unused = t;
  }
  if (!may_add || unused == NULL) return NULL;
  if (!is_any_down) app.touches_seen = 0;
  unused->id = id;
  unused->color = colors[app.touches_seen++ % (sizeof colors / sizeof colors[0])];
  return unused;
}

/* The top-right quarter anew (fingers moved or lifted). */
static void redraw_touch_area(void) {
  fill(DARK, app.width / 2, 0, app.width - app.width / 2, app.height / 2);
  draw_touches();
}

static void on_touch(const XIDeviceEvent *event) {
  struct touch *t = find_touch(event->detail, event->evtype == XI_TouchBegin);
  if (t == NULL) return;
  t->is_down = event->evtype != XI_TouchEnd;
  t->x = (int)event->event_x;
  t->y = (int)event->event_y;
  redraw_touch_area();
  if (event->evtype == XI_TouchBegin) {
    flip_patch();
    return;
  }
  draw_code();
  XFlush(app.display);
}

static void on_key(const XIDeviceEvent *event) {
  if (event->flags & XIKeyRepeat) return;
  flip_patch();
  const KeySym key = XkbKeycodeToKeysym(app.display, (KeyCode)event->detail, 0, 0);
  if (key == XK_t) play_tone();
  if (key == XK_a) set_animation(!app.is_animated);
}

static void on_device_event(const XIDeviceEvent *event) {
  switch (event->evtype) {
    case XI_KeyPress:
      on_key(event);
      break;
    case XI_ButtonPress:
      /* A finger's emulated button was already counted as a touch. */
      if (!(event->flags & XIPointerEmulated)) flip_patch();
      break;
    case XI_TouchBegin:
    case XI_TouchUpdate:
    case XI_TouchEnd:
      on_touch(event);
      break;
    default:
      break;
  }
}

static void on_root_size(int width, int height) {
  if (width == app.width && height == app.height) return;
  app.width = width;
  app.height = height;
  XMoveResizeWindow(app.display, app.window, 0, 0, (unsigned)width, (unsigned)height);
}

/* Returns false when the window is asked to close. */
static bool handle(XEvent *event) {
  if (event->type == GenericEvent && event->xcookie.extension == app.xi_opcode) {
    if (XGetEventData(app.display, &event->xcookie)) {
      on_device_event(event->xcookie.data);
      XFreeEventData(app.display, &event->xcookie);
    }
    return true;
  }
  switch (event->type) {
    case MapNotify:
      XSetInputFocus(app.display, app.window, RevertToParent, CurrentTime);
      break;
    case Expose:
      if (event->xexpose.count == 0) draw_all();
      break;
    case ConfigureNotify:
      if (event->xconfigure.window != app.window) {
        on_root_size(event->xconfigure.width, event->xconfigure.height);
      }
      break;
    case ClientMessage:
      return (Atom)event->xclient.data.l[0] != app.delete_window;
    default:
      break;
  }
  return true;
}

static bool select_input(void) {
  int first_event, first_error, major = 2, minor = 2;
  if (!XQueryExtension(app.display, "XInputExtension", &app.xi_opcode, &first_event, &first_error)) return false;
  if (XIQueryVersion(app.display, &major, &minor) != Success) return false;
  unsigned char bits[XIMaskLen(XI_LASTEVENT)] = {0};
  XISetMask(bits, XI_KeyPress);
  XISetMask(bits, XI_ButtonPress);
  XISetMask(bits, XI_TouchBegin);
  XISetMask(bits, XI_TouchUpdate);
  XISetMask(bits, XI_TouchEnd);
  XIEventMask mask = {.deviceid = XIAllMasterDevices, .mask_len = sizeof bits, .mask = bits};
  return XISelectEvents(app.display, app.window, &mask, 1) == Success;
}

static bool open_window(void) {
  app.display = XOpenDisplay(NULL);
  if (app.display == NULL) return false;
  const int screen = DefaultScreen(app.display);
  const Window root = RootWindow(app.display, screen);
  XWindowAttributes attributes;
  XSelectInput(app.display, root, StructureNotifyMask);
  XGetWindowAttributes(app.display, root, &attributes);
  app.width = attributes.width;
  app.height = attributes.height;
  app.window = XCreateSimpleWindow(app.display, root, 0, 0, (unsigned)app.width, (unsigned)app.height, 0, BLACK, DARK);
  app.gc = XCreateGC(app.display, app.window, 0, NULL);
  XSetGraphicsExposures(app.display, app.gc, False);
  XStoreName(app.display, app.window, "Latency probe");
  app.delete_window = XInternAtom(app.display, "WM_DELETE_WINDOW", False);
  XSetWMProtocols(app.display, app.window, &app.delete_window, 1);
  XSelectInput(app.display, app.window, ExposureMask | StructureNotifyMask);
  return select_input();
}

static void run(void) {
  struct pollfd waits[2] = {{.fd = ConnectionNumber(app.display), .events = POLLIN},
                            {.fd = app.timer, .events = POLLIN}};
  for (;;) {
    while (XPending(app.display) > 0) {
      XEvent event;
      XNextEvent(app.display, &event);
      if (!handle(&event)) return;
    }
    /* A flush may have read events into Xlib's queue: poll would not see them on the socket any more. */
    if (XEventsQueued(app.display, QueuedAlready) > 0) continue;
    if (poll(waits, 2, -1) < 0 && errno != EINTR) return;
    if (waits[0].revents & (POLLERR | POLLHUP)) return;
    if (waits[0].revents & POLLIN) continue; /* input first */
    uint64_t ticks;
    if ((waits[1].revents & POLLIN) && read(app.timer, &ticks, sizeof ticks) == sizeof ticks) draw_frame();
  }
}

int main(int argc, char **argv) {
  srand(1);
  signal(SIGCHLD, SIG_IGN);
  app.timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if (app.timer < 0 || !open_window()) {
    fprintf(stderr, "latency-probe: no X display with XInput 2.2, or no timer\n");
    return 1;
  }
  XMapRaised(app.display, app.window);
  XFlush(app.display);
  if (argc > 1 && strcmp(argv[1], "--animate") == 0) set_animation(true);
  run();
  XCloseDisplay(app.display);
  return 0;
}
