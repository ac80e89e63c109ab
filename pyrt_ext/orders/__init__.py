"""Order by order: books of orders, and venues that are simulated on them.

=========  ============================================================================================================
``book``   orders by id, first come first served at their prices
``venue``  a simulated venue where every order is known: exact queues
=========  ============================================================================================================
"""
