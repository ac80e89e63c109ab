"""Contract of sweeps: many sets of signals and rules on the same bars, and of each course of equity what it says."""

from .signals cimport Market, Rules


cdef packed struct Figures:
    double final_equity
    double mean_equity
    double mean_return      # of each bar, the first from the cash
    double squares          # of returns less their mean, summed up
    double shortfall        # squares of negative returns, summed up
    double max_drawdown     # zero or negative
    double exposure         # bars that close with a position, as a part of all
    double traded           # value of all fills
    double fees
    double closed           # trades
    double won
    double gains            # profit of those that made any
    double losses           # of the others, zero or negative
    double cut              # entries, as in Counts
    double rejected
    double solvent          # 1 if equity was above zero throughout and finite
