/* The clock by which durations are measured. */
#ifndef S2S_BASE_CLOCK_H
#define S2S_BASE_CLOCK_H

/* Seconds since some fixed moment; never goes back. */
double s2s_clock_s(void);

#endif
